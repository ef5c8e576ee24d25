/** Sees every line of every logger of one copy of winston, once, before the logging call returns. */
import { replaceMethod } from '@direct-logging/core';
import type { Info } from './from-info.ts';
import type { WinstonLogger } from './route.ts';

/** What is told. Nothing in it throws. */
export interface LineObserver {
  /**
   * Called before a line is handed to the transports; what it returns is called after that.
   * @param isShipped Whether `heldUp` shipped it.
   */
  handingOver(logger: WinstonLogger, info: Info, isShipped: boolean): () => void;
  /**
   * The line waits in the logger, because one of the transports is slow; it has not gone through the format.
   * @returns Whether it was shipped.
   */
  heldUp(logger: WinstonLogger, info: Info): boolean;
}

type Method = (this: WinstonLogger, ...args: unknown[]) => unknown;

/**
 * A line goes through three methods of a logger: `write`, then, at once or when its turn comes, `_transform`, and in that,
 * formatted, `push`.
 * @param prototype Of winston's class Logger.
 * @returns Puts back what stood there.
 */
export function watchLines(prototype: object, observer: LineObserver): () => void {
  const shippedAhead = new WeakSet<object>();
  let written: unknown;
  let isShippedAhead = false;

  const hooks: Record<string, (original: Method) => Method> = {
    write: (original) =>
      function (...args) {
        const outer = written;
        const [info] = args;
        written = info;
        try {
          const result = Reflect.apply(original, this, args);
          if (isObject(info) && written === info) {
            if (observer.heldUp(this, info)) shippedAhead.add(info);
          }
          return result;
        } finally {
          written = outer;
        }
      },
    _transform: (original) =>
      function (...args) {
        const [info] = args;
        if (info === written) written = undefined;
        isShippedAhead = isObject(info) && shippedAhead.delete(info);
        return Reflect.apply(original, this, args);
      },
    push: (original) =>
      function (...args) {
        const [info] = args;
        // The end of the stream.
        if (!isObject(info)) return Reflect.apply(original, this, args);
        const handedOver = observer.handingOver(this, info, isShippedAhead);
        try {
          return Reflect.apply(original, this, args);
        } finally {
          handedOver();
        }
      },
  };
  const undos = Object.entries(hooks).map(([name, hook]) => replaceMethod(prototype, name, hook));
  return () => {
    for (const undo of undos) undo();
  };
}

function isObject(value: unknown): value is Info {
  return typeof value === 'object' && value !== null;
}
