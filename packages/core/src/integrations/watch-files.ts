/**
 * Sees what loggers write to files, below everything that an application has put on top.
 *
 * @lazy logger
 */
import { attempt } from '../process/guard.ts';
import { replaceMethod } from '../process/replace-method.ts';
import type { LogInput } from '../record/record.ts';
import type { LineInHand, PrintTracker } from './print-tracker.ts';

const watched = new WeakSet<PrintTracker>();

/**
 * Ships the lines that loggers write to an `fs.WriteStream`, while they are logged. Every integration can call it.
 * @returns Restores the original.
 */
export function watchFiles(tracker: PrintTracker, ship: (input: LogInput) => void): () => void {
  if (watched.has(tracker)) return () => {};
  watched.add(tracker);
  const { WriteStream } = process.getBuiltinModule('node:fs');
  const undo = watchWrites(WriteStream.prototype, tracker, ship);
  return () => {
    watched.delete(tracker);
    undo();
  };
}

/** The same for one stream that leads to a file. */
export function watchWrites(
  stream: object,
  tracker: PrintTracker,
  ship: (input: LogInput) => void,
): () => void {
  return replaceMethod(stream, 'write', (original) => {
    return function (this: { fd?: unknown }, ...args: unknown[]): unknown {
      const { line } = tracker;
      const [text] = args;
      if (line !== undefined && typeof text === 'string' && this.fd !== 1 && this.fd !== 2) {
        shipFiled(line, this, text, ship);
      }
      return Reflect.apply(original, this, args);
    };
  });
}

function shipFiled(
  line: LineInHand,
  file: object,
  text: string,
  ship: (input: LogInput) => void,
): void {
  // If we do not understand the logger, it must go on logging.
  attempt(() => {
    const input = line.filed(file, text);
    if (input !== undefined) ship(input);
  });
}
