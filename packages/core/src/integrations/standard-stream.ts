/** Tells whether a stream is one of the standard streams. */

/** Whether this stream prints: it is stdout or stderr, or writes to their descriptors. */
export function isStandardStream(stream: { readonly fd?: unknown }): boolean {
  const { fd } = stream;
  // In a worker thread, the standard streams have no descriptor.
  return fd === 1 || fd === 2 || stream === process.stdout || stream === process.stderr;
}
