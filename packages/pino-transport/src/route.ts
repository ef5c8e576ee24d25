/** Decides who ships a line, from where its logger writes it to. Pure. */
import type { Stream as Printed } from '@direct-logging/core';
import { transportOf } from './destination.ts';

/**
 * `leave`: it is shipped by others: printed later and captured there, or written to a destination of ours.
 * `printed`: it is printed before the logging call returns, and captured there.
 * `shipped and printed`: a destination of ours has it, so that it must not be captured where it is printed.
 * `ship`: it goes past the standard streams.
 * `stdout`, `stderr`: it waits in a buffer before it is printed there, and is lost with the process, so it is shipped now.
 * `watch`: only the write shows whether it is printed.
 */
export type Route = 'leave' | 'printed' | 'shipped and printed' | 'ship' | 'watch' | Printed;

type Kind =
  | 'ours'
  | 'ours elsewhere'
  | 'prints now'
  | 'prints later'
  | 'elsewhere'
  | 'unknown'
  | Printed;

/** The parts of streams that show where they lead: sonic-boom's, Node's and thread-stream's. */
interface Stream {
  readonly write?: unknown;
  readonly fd?: unknown;
  readonly file?: unknown;
  readonly path?: unknown;
  readonly sync?: unknown;
  readonly minLength?: unknown;
  readonly worker?: { readonly threadId?: unknown; readonly stdout?: unknown } | null;
  readonly streams?: readonly { readonly stream: Stream; readonly level: number }[];
  readonly _readableState?: { readonly pipes?: unknown };
}

/** More would be a circle. */
const MAX_PIPES = 10;

/** @param level pino's number; of a multistream only some streams take the line. */
export function routeOf(destination: object, level: number): Route {
  const stream = destination as Stream;
  const kinds = leavesOf(stream, level).map(kindOf);
  if (kinds.includes('ours') && kinds.some(printsTheLine)) return 'shipped and printed';
  if (kinds.some(shipsByItself)) return kinds.includes('prints now') ? 'printed' : 'leave';
  if (kinds.length === 0) return 'leave';
  const buffered = kinds.find((kind): kind is Printed => kind === 'stdout' || kind === 'stderr');
  if (buffered !== undefined) return buffered;
  if (kinds.every((kind) => kind === 'elsewhere')) return 'ship';
  // A multistream may keep a line from the stream that prints, when another one has taken it.
  return !isMultistream(stream) && kinds[0] === 'prints now' ? 'printed' : 'watch';
}

function printsTheLine(kind: Kind): boolean {
  return kind === 'prints now' || kind === 'stdout' || kind === 'stderr';
}

function shipsByItself(kind: Kind): boolean {
  return kind === 'ours' || kind === 'ours elsewhere' || kind === 'prints later';
}

/** A worker thread of `pino.transport`. */
export interface WorkerThread {
  readonly threadId: number;
  readonly stdout: unknown;
}

/** The worker threads that get the line. */
export function workersOf(destination: object, level: number): WorkerThread[] {
  return leavesOf(destination as Stream, level)
    .map((leaf) => leaf.worker)
    .filter((worker): worker is WorkerThread => typeof worker?.threadId === 'number');
}

function isMultistream(stream: Stream): boolean {
  return Array.isArray(stream.streams);
}

function leavesOf(stream: Stream, level: number): Stream[] {
  if (!Array.isArray(stream.streams)) return [stream];
  return stream.streams
    .filter((part) => part.level <= level)
    .flatMap((part) => leavesOf(part.stream, level));
}

function kindOf(stream: Stream): Kind {
  const ours = transportOf(stream);
  if (ours !== undefined) return ours === 'shared' ? 'ours' : 'ours elsewhere';
  if (isStandard(stream)) {
    const isBuffered = stream.sync === false || Number(stream.minLength) > 0;
    if (!isBuffered) return 'prints now';
    return typeof stream.fd !== 'number' ? 'prints later' : stream.fd === 2 ? 'stderr' : 'stdout';
  }
  if (pipesToStandard(stream, 0)) return 'prints later';
  const isFile = [stream.file, stream.path].some((name) => typeof name === 'string');
  const isKnown = isFile || typeof stream.fd === 'number' || typeof stream.worker === 'object';
  return isKnown ? 'elsewhere' : 'unknown';
}

function isStandard(stream: Stream): boolean {
  if (typeof stream.fd === 'number') return stream.fd === 1 || stream.fd === 2;
  // In a worker thread these have no descriptor.
  return stream === process.stdout || stream === process.stderr;
}

/** pino-pretty in the same thread is a stream that is piped to another, which is piped to descriptor 1. */
function pipesToStandard(stream: Stream, depth: number): boolean {
  const pipes: unknown = stream._readableState?.pipes;
  if (depth > MAX_PIPES || typeof pipes !== 'object' || pipes === null) return false;
  const targets = (Array.isArray(pipes) ? pipes : [pipes]) as Stream[];
  return targets.some((target) => isStandard(target) || pipesToStandard(target, depth + 1));
}
