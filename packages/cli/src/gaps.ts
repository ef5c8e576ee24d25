/** Ranges of missing numbers. Pure. */

/** Numbers from `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

export function lengthOf({ first, last }: Range): number {
  return last - first + 1;
}

/**
 * The gaps in a range, lowest first. Takes the numbers right after and right before each run of present numbers, both in
 * order. If these lists were cut off, returns the gaps as far as both lists reach.
 */
export function gapsBetween(
  afterRuns: readonly number[],
  beforeRuns: readonly number[],
  { first, last }: Range,
): Range[] {
  const firsts = afterRuns.filter((number) => number <= last);
  const lasts = beforeRuns.filter((number) => number >= first);
  // The gap at the beginning has no run before it.
  if ((beforeRuns[0] ?? 0) >= first) firsts.unshift(first);
  return lasts
    .slice(0, firsts.length)
    .map((end, at) => ({ first: firsts[at] as number, last: end }));
}
