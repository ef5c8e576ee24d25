/** Captures `fs.write` and similar functions when they write to descriptors 1 and 2 directly. */
import { type AnyFunction, attempt, replaceMethod } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import {
  type CapturedStream,
  encodingFrom,
  toBuffer,
  toBytes,
  type Written,
} from './captured-stream.ts';
import {
  type Destination,
  type Read,
  readFile,
  readVector,
  writeCaptured,
} from './descriptor-write.ts';

/** For each method, reads from its arguments what is written. */
const METHODS: Readonly<Record<string, Read>> = {
  write: readWrite,
  writeSync: readWrite,
  // Not the functions themselves: that would load them.
  writev: (args) => readVector(args),
  writevSync: (args) => readVector(args),
  writeFileSync: (args) => readFile(args),
  appendFileSync: (args) => readFile(args),
};

/**
 * Named imports in ES modules see the replacements, too. `fs.writeFile`, `fs.appendFile` and `fs.createWriteStream` call
 * these functions. A `FileHandle` of `fs/promises` opens its own descriptor and is not captured.
 */
export function hookDescriptors(capture: Capture): () => void {
  // Not imported: an import of node:fs takes several milliseconds to load modules that may never be needed.
  const fs = process.getBuiltinModule('node:fs');
  const { syncBuiltinESMExports } = process.getBuiltinModule('node:module');
  const undos = Object.entries(METHODS).map(([name, read]) =>
    replaceMethod(fs, name, (original) => watch(original, read, capture)),
  );
  syncBuiltinESMExports();
  return () => {
    for (const undo of undos) undo();
    syncBuiltinESMExports();
  };
}

function watch(original: AnyFunction, read: Read, capture: Capture): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const stream = capture.streamOf(args[0]);
    const isNested = stream?.isWriting === true;
    if (stream === undefined || !(capture.enter(stream) || isAnother(stream, read, args)))
      return Reflect.apply(original, this, args);
    // Nothing may come in between: the stack may be full.
    try {
      // The lazy file may be gone.
      const write = attempt(() => writeCaptured) ?? takeAndWrite;
      return write(original, this, args, { stream, read, capture });
    } finally {
      stream.isWriting = isNested;
    }
  };
}

function takeAndWrite(
  original: AnyFunction,
  self: unknown,
  args: unknown[],
  { stream, read, capture }: Destination,
): unknown {
  attempt(() => capture.take(stream, read(args).data));
  return Reflect.apply(original, self, args);
}

/** Whether this is printed while the stream writes something else, as async hooks do. */
function isAnother({ written }: CapturedStream, read: Read, args: readonly unknown[]): unknown {
  return written && attempt(() => !toBuffer(read(args)).equals(toBuffer(written)));
}

/** `(fd, string, position?, encoding?)`, `(fd, buffer, offset?, length?)` or `(fd, buffer, {offset, length})`. */
function readWrite([, data, options, fourth]: readonly unknown[]): Written {
  if (typeof data === 'string') return { data, encoding: encodingFrom(fourth) };
  if (!ArrayBuffer.isView(data)) return { data: undefined };
  const isObject = typeof options === 'object' && options !== null;
  const offset = isObject ? Reflect.get(options, 'offset') : options;
  const length = isObject ? Reflect.get(options, 'length') : fourth;
  const start = typeof offset === 'number' ? offset : 0;
  const size = typeof length === 'number' ? length : data.byteLength - start;
  return { data: toBytes(data)?.subarray(start, start + size) };
}
