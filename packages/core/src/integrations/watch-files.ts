/** Sees what loggers write to files, below everything that an application has put on top, and tells files from what prints. @lazy logger */
import { watchCalls } from '../process/replace-method.ts';
import type { IntegrationHost } from './integration.ts';
import type { PrintTracker } from './print-tracker.ts';

const watched = new WeakSet<PrintTracker>();

/**
 * Ships the lines that loggers write to an `fs.WriteStream`, while they are logged, unless the setting `loggers` leaves them out.
 * Every integration can call it.
 * @returns Restores the original.
 */
export function watchFiles(host: Pick<IntegrationHost, 'printing' | 'transport'>): () => void {
  const { printing } = host;
  if (watched.has(printing)) return () => {};
  watched.add(printing);
  const undo = watchWrites(process.getBuiltinModule('node:fs').WriteStream.prototype, host);
  return () => {
    watched.delete(printing);
    undo();
  };
}

/** The same for one stream that leads to a file. */
export function watchWrites(
  stream: object,
  { printing, transport }: Pick<IntegrationHost, 'printing' | 'transport'>,
): () => void {
  if (transport.loggers !== 'all') return () => {};
  // If we do not understand the logger, it must go on logging.
  return watchCalls(stream, 'write', (file: { readonly fd?: unknown }, [text]) => {
    const { line } = printing;
    if (line !== undefined && typeof text === 'string' && file.fd !== 1 && file.fd !== 2) {
      line.filed(file, text, (input) => transport.write(input));
    }
  });
}

/** Whether this stream prints: it is stdout or stderr, or writes to their descriptors. */
export function isStandardStream(stream: { readonly fd?: unknown }): boolean {
  const { fd } = stream;
  // In a worker thread, the standard streams have no descriptor.
  return fd === 1 || fd === 2 || stream === process.stdout || stream === process.stderr;
}
