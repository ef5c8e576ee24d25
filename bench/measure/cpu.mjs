/** Processor time of the calling thread, in microseconds. Before Node 23.9, that of the whole process. */
export function threadCpu() {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return user + system;
}
