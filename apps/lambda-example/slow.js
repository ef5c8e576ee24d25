/** Asks suppliers for their stock, one after the other. That takes time: with enough suppliers, it times out. */
import { setTimeout as wait } from 'node:timers/promises';

const ANSWER_TAKES_MS = 100;

/** Answers `{ suppliers }` with how many were asked. */
export async function handler({ suppliers }, context) {
  for (let number = 1; number <= suppliers; number += 1) {
    console.info(`Supplier ${number} of ${suppliers} asked`);
    await wait(ANSWER_TAKES_MS);
    if (context.getRemainingTimeInMillis() < 2 * ANSWER_TAKES_MS) console.warn('Time is short');
  }
  console.info('All suppliers have answered');
  return { asked: suppliers };
}
