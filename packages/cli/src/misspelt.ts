/** Finds variables whose names are almost ours. Pure. */

export interface UnknownVariable {
  readonly name: string;
  /** The variable that was probably meant. Undefined if that cannot be told. */
  readonly meant: string | undefined;
}

/** How many letters may differ. In a short name, which other programs may use, only one. */
const MAX_DIFFERENT = 2;
const SHORT = 10;
const OURS = /^VICTORIA_?LOGS?_/i;

/** Variables that look as if they were meant for us, in alphabetical order. */
export function unknownVariables(
  names: readonly string[],
  known: readonly string[],
): readonly UnknownVariable[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({ name, meant: nearest(name, known) }))
    .filter(({ name, meant }) => meant !== undefined || OURS.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase();
  const [, rest = ''] = /^VICTORIA_?LOGS?_(.+)$/.exec(upper) ?? [];
  const near = known
    .map((other) => ({ other, distance: distanceBetween(upper, other) }))
    .filter(({ other, distance }) => distance <= (other.length < SHORT ? 1 : MAX_DIFFERENT))
    .sort((a, b) => a.distance - b.distance);
  // VICTORIALOGS_TOKEN, VICTORIALOGS_USER.
  const isPartOf = (other: string) =>
    rest !== '' && (other.endsWith(`_${rest}`) || other.startsWith(`VICTORIALOGS_${rest}`));
  return near[0]?.other ?? known.find(isPartOf);
}

/** How many letters have to be inserted, removed or replaced. */
function distanceBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    above = row;
  }
  return above[b.length] as number;
}
