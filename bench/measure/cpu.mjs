/** Processor time of the thread that asks, in microseconds; of the whole process where Node can't tell (before 23.9). */
export function threadCpu() {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return user + system;
}
