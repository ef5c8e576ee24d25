/** How many cases a property is tried with: each run tries others. */

/** All in `npm run test:matrix`, and a third elsewhere. */
export function someOf(cases: number): number {
  return process.env.DIRECT_LOGGING_MATRIX === '1' ? cases : Math.ceil(cases / 3);
}
