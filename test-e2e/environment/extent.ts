/** How much of the long tests runs: a little in `npm test`, all of it with `--matrix`, and a sample of all with `--sample=SEED`. */
import { Chance } from './chance.ts';

/** Whether everything runs, as in `npm run test:matrix`. */
export function isFullRun(): boolean {
  return process.env.DIRECT_LOGGING_MATRIX === '1';
}

/** Whether a sample of everything runs. */
export function isSample(): boolean {
  return process.env.DIRECT_LOGGING_SAMPLE !== undefined;
}

/** So many of these, in their order, which the seed of the sample decides. */
export function sampleOf<T>(all: readonly T[], count: number): T[] {
  const chance = new Chance(Number(process.env.DIRECT_LOGGING_SAMPLE));
  const left = all.map((_, at) => at);
  while (left.length > count) left.splice(chance.between(0, left.length - 1), 1);
  return left.map((at) => all[at] as T);
}

/** Every pair of the two in a full run; otherwise each of the first ones once, and the second ones take turns. */
export function pairsOf<A, B>(all: readonly A[], others: readonly B[]): Array<[A, B]> {
  return all.flatMap((one, row) =>
    others
      .filter((_, at) => isFullRun() || at === row % others.length)
      .map((other): [A, B] => [one, other]),
  );
}
