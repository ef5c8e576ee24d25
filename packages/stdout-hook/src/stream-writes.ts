/** Captures `process.stdout.write` and `process.stderr.write`, and text given to their `end`. */
import type { Capture, Outlet } from './capture.ts';
import { replaceMethod } from './replace.ts';

/**
 * The methods become own properties of the stream. pino, for one, takes that as the sign to write through the stream
 * instead of the descriptor.
 */
export function hookStream(
  stream: NodeJS.WriteStream,
  outlet: Outlet,
  capture: Capture,
): () => void {
  const undos = ['write', 'end'].map((name) =>
    replaceMethod(stream, name, (original) => {
      return function (this: unknown, ...args: unknown[]): unknown {
        if (!capture.enter(outlet)) return Reflect.apply(original, this, args);
        try {
          capture.take(outlet, args[0], typeof args[1] === 'string' ? args[1] : undefined);
          return Reflect.apply(original, this, args);
        } finally {
          capture.leave(outlet);
        }
      };
    }),
  );
  return () => {
    for (const undo of undos) undo();
  };
}
