/** Hooks a standard stream without making it, since that would have side effects. */
import { fstatSync } from 'node:fs';
import { type AnyFunction, attempt, imitate } from '@direct-logging/core';

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

/**
 * Hooks a stream that is a pipe or a terminal when the program first asks for it. Once such a stream is made, `fs.writeSync`
 * no longer waits for the slow reader of a pipe, and the process has more handles and listeners
 * (https://github.com/nodejs/node/blob/main/lib/internal/bootstrap/switches/is_main_thread.js). A stream that is a file, or
 * that is made already, is hooked at once. The result undoes it.
 */
export function hookWhenFirstUsed(
  name: 'stdout' | 'stderr',
  hook: (stream: NodeJS.WriteStream) => () => void,
): () => void {
  const before = Object.getOwnPropertyDescriptor(process, name);
  const make = before?.get;
  if (make === undefined || !hasHandle(DESCRIPTORS[name]) || isMade(DESCRIPTORS[name])) {
    return hook(process[name]);
  }
  let undo: (() => void) | undefined;
  const get = imitate(function (this: unknown): unknown {
    const stream = Reflect.apply(make, this, []) as NodeJS.WriteStream;
    undo ??= attempt(() => hook(stream));
    // Where the stack is full, it cannot be hooked yet.
    if (undo) putBack();
    return stream;
  }, make as AnyFunction);
  const putBack = (): void => {
    if (Object.getOwnPropertyDescriptor(process, name)?.get !== get) return;
    Reflect.defineProperty(process, name, before as PropertyDescriptor);
  };
  Object.defineProperty(process, name, { ...before, get });
  return () => {
    putBack();
    undo?.();
    undo = () => {};
  };
}

function hasHandle(descriptor: number): boolean {
  try {
    // Without `bigint`, Node 20 and 22 would not find a main module that is a symbolic link, if this is a pipe.
    const stat = fstatSync(descriptor, { bigint: true });
    if (stat.isFIFO() || stat.isSocket()) return true;
    return stat.isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(descriptor);
  } catch {
    return false;
  }
}

/** Whether code that was loaded before us has made the stream, and may have kept it. True if that cannot be known. */
function isMade(descriptor: number): boolean {
  const { _getActiveHandles } = process as unknown as { _getActiveHandles?(): object[] };
  const handles = _getActiveHandles?.call(process);
  return handles?.some((handle) => Reflect.get(handle, 'fd') === descriptor) ?? true;
}
