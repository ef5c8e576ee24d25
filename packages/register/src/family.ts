/** What this thread learns from the process and the thread that started it, and what it tells those that it starts. */
import { fstatSync } from 'node:fs';
import { newLedgerName } from './ledger-names.ts';
import type { Circumstances } from './plan.ts';
import {
  type Descriptor,
  markerOf,
  type PerStream,
  type Readers,
  readersOf,
  STDIO_VARIABLE,
} from './readers.ts';

/** With this key, a thread tells the threads that it starts whether it ships. Unlike the environment, this always arrives. */
const THREAD_KEY = '@direct-logging/register';

/** What decides the role of this thread. */
export function readCircumstances(env: NodeJS.ProcessEnv): Circumstances {
  const { isMainThread, getEnvironmentData } = threads();
  const parentThreadShips = getEnvironmentData(THREAD_KEY) as unknown as boolean | undefined;
  return { env, isMainThread, parentThreadShips };
}

/** Tells the worker threads that start from now on whether this thread ships. */
export function tellThreads(ships: boolean | undefined): void {
  threads().setEnvironmentData(THREAD_KEY, ships);
}

/** The ledgers that this thread uses. */
export interface Family {
  /** The ledger of this process, for its children. Undefined if another thread reads it. */
  readonly ledger: string | undefined;
  /** The ledgers of the processes that read what this process prints. */
  readonly readers: Readers;
}

/** Finds the ledgers of the parents. In the thread that owns the streams, also tells the children which ledger to use. */
export function joinFamily(env: NodeJS.ProcessEnv, ownsStreams: boolean): Family {
  const stdio: PerStream<Descriptor> = { stdout: describe(1), stderr: describe(2) };
  const readers = readersOf(env[STDIO_VARIABLE], stdio);
  if (!ownsStreams) return { ledger: undefined, readers };
  const ledger = newLedgerName(process.pid);
  env[STDIO_VARIABLE] = markerOf(ledger, stdio, readers);
  return { ledger, readers };
}

/** Takes everything back: threads and processes that start from now on are told nothing. */
export function leaveFamily(env: NodeJS.ProcessEnv): void {
  tellThreads(undefined);
  delete env[STDIO_VARIABLE];
}

/** Not imported, since an import of the module reads more than is needed here. */
function threads(): typeof import('node:worker_threads') {
  return process.getBuiltinModule('node:worker_threads');
}

function describe(descriptor: number): Descriptor {
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    return { identity: `${stat.dev}:${stat.ino}`, isRead: stat.isFIFO() || stat.isSocket() };
  } catch {
    return { identity: 'closed', isRead: false };
  }
}
