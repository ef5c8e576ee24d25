/** Tells a child who reads its output, and sees what the program reads from it. @lazy children */
import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { PM2_CONTAINER, watchCalls } from '@direct-logging/core';
import { STDIO_VARIABLE } from './marker.ts';

/** Takes the output of one child, as the program reads it: text, or bytes of UTF-8. */
export interface OutputReader {
  add(data: string | Uint8Array): void;
  end(): void;
}

export interface SyncResult {
  /** The data of each descriptor. */
  readonly output?: readonly (Uint8Array | null)[] | null;
}

/** Sees what the program reads from a child that was started. */
export function watchOutput(child: ChildProcess, opens: () => OutputReader): void {
  // Beyond stderr, too: a shell may redirect a child's output there, and the program print what it reads.
  const beyond = (child.stdio ?? []).slice(3) as readonly (Readable | null)[];
  // `run` puts the reading ends of its own pipes in the place of the first two.
  for (const stream of [child.stdout, child.stderr, ...beyond])
    if (stream) watchData(stream, opens());
  if (child.spawnargs.some((arg) => PM2_CONTAINER.test(arg))) watchSent(child, opens);
}

/** The same for a child that Node has waited for. */
export function addOutput({ output }: SyncResult, opens: () => OutputReader): void {
  for (const data of output?.slice(1) ?? []) {
    const reader = opens();
    if (data) reader.add(data);
    reader.end();
  }
}

/**
 * A readable stream emits `data` for everything that the program reads, whether it listens, pipes, iterates or calls `read`. What
 * it throws away with `resume` is emitted, too, but nobody listens.
 */
export function watchData(stream: Readable, reader: OutputReader): void {
  watchEvents(stream, (event, data) => {
    if (event === 'end') reader.end();
    if (event !== 'data') return;
    const isRead = !stream.readableFlowing || stream.listenerCount('data') > 0;
    if (isRead) reader.add(data as Buffer);
  });
}

/** The same for a program of pm2 in cluster mode, whose output comes as messages. */
export function watchSent(child: ChildProcess, opens: () => OutputReader): void {
  const readers = new Map<unknown, OutputReader>(
    ['log:out', 'log:err'].map((type) => [type, opens()]),
  );
  watchEvents(child, (event, message) => {
    if (event === 'close') for (const reader of readers.values()) reader.end();
    if (event !== 'message') return;
    const { type, data } = message as { readonly type?: unknown; readonly data: string };
    readers.get(type)?.add(data);
  });
}

function watchEvents(emitter: EventEmitter, see: (event: unknown, data: unknown) => void): void {
  watchCalls(emitter, 'emit', (_, [event, data]) => see(event, data));
  // Not shown with the emitter.
  Object.defineProperty(emitter, 'emit', { enumerable: false });
}

/**
 * A program may give a child the environment of another process, for which the child would then note its lines. `shelljs.exec` does:
 * https://github.com/shelljs/shelljs/blob/master/src/exec.js
 *
 * @param options What Node starts the child with.
 */
export function tellReader(options: unknown, marker: string | undefined): void {
  const { envPairs: pairs } = options as { readonly envPairs?: string[] };
  const name = `${STDIO_VARIABLE}=`;
  const at = pairs?.findIndex((pair) => pair.startsWith(name)) ?? -1;
  if (pairs && at >= 0 && marker !== undefined) pairs[at] = name + marker;
}
