/** A function that answers with what had passed and been computed when its code began to run, in milliseconds. */
const untilCodeMs = performance.now();
const { user, system } = process.cpuUsage();

export async function handler() {
  console.log('answering');
  return { untilCodeMs, processorMs: (user + system) / 1000 };
}
