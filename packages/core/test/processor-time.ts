/** The processor time of a computation, in milliseconds. On a busy machine, it lasts many times as long. */
export function processorMs(compute: () => void): number {
  const before = process.cpuUsage();
  compute();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
