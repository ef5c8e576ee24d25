/** Sees what loggers write to files, below everything that an application has put on top. */
import { replaceMethod } from '../process/replace-method.ts';
import type { LogInput } from '../record/record.ts';
import type { Ledger, LoggersLine } from './ledger.ts';

const watched = new WeakSet<Ledger>();

/**
 * Ships the lines that loggers write to an `fs.WriteStream`, while they are logged. Every integration can call it.
 * @returns Restores the original.
 */
export function watchFiles(ledger: Ledger, ship: (input: LogInput) => void): () => void {
  if (watched.has(ledger)) return () => {};
  watched.add(ledger);
  const { WriteStream } = process.getBuiltinModule('node:fs');
  const undo = watchWrites(WriteStream.prototype, ledger, ship);
  return () => {
    watched.delete(ledger);
    undo();
  };
}

/** The same for one stream that leads to a file. */
export function watchWrites(
  stream: object,
  ledger: Ledger,
  ship: (input: LogInput) => void,
): () => void {
  return replaceMethod(stream, 'write', (original) => {
    return function (this: { fd?: unknown }, ...args: unknown[]): unknown {
      const { line } = ledger;
      const [text] = args;
      if (line !== undefined && typeof text === 'string' && this.fd !== 1 && this.fd !== 2) {
        shipFiled(line, this, text, ship);
      }
      return Reflect.apply(original, this, args);
    };
  });
}

function shipFiled(
  line: LoggersLine,
  file: object,
  text: string,
  ship: (input: LogInput) => void,
): void {
  try {
    const input = line.filed(file, text);
    if (input !== undefined) ship(input);
  } catch {
    // We did not understand the logger. It must go on logging.
  }
}
