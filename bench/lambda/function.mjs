/** The function of the example. Its answers also tell when its code began to run, in milliseconds. */
const untilCodeMs = performance.now();
const { handler: takeOrder } = await import('../../apps/lambda-example/index.js');

export async function handler(event, context) {
  return { ...(await takeOrder(event, context)), untilCodeMs };
}
