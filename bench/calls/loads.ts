/** What the benchmarks of a call log. */
import type { Load } from './cost.ts';

/** With a server that is far away: the answers arrive while the program logs. */
export const FAR: Load = { lines: 70_000, bursts: 1, warmUp: 30_000 };
/** With a server on the same machine, which takes longer for a burst than the program. */
export const NEAR: Load = { lines: 5_000, bursts: 6, warmUp: 0 };
/** Characters of text, or fields of JSON. */
export const SIZES: Readonly<Record<string, number>> = { text: 150, json: 4 };
