/** How many cases a property is tried with: each run tries others. */
import { isFullRun } from '../../../test-e2e/environment/extent.ts';

/** All in `npm run test:matrix`, and a third elsewhere. */
export function someOf(cases: number): number {
  return isFullRun() ? cases : Math.ceil(cases / 3);
}
