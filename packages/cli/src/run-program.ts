/** Runs a program and prints what it prints, so that the capture of this process ships it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TransportStats } from '@direct-logging/core';
import { openPipe, type Pipe } from './pipe.ts';

/** How the program ended. If there is a signal, that signal ended it. */
export interface ProgramEnd {
  readonly status: number;
  readonly signal: NodeJS.Signals | undefined;
  readonly loss: Loss;
}

/** How many records did not arrive, or may not have. */
export interface Loss {
  /** Dropped, or neither sent nor in a spool. */
  readonly undelivered: number;
  /** Sent, or in a spool, and not acknowledged in time. */
  readonly unconfirmed: number;
}

/** Passed on only without a terminal, which sends the signals of its keys to the whole process group, the program included. */
const KEY_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const SIGNALS: readonly NodeJS.Signals[] = [
  ...(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH'] as const),
  ...KEY_SIGNALS,
];
/** Longest delay of the program. */
const CONNECT_TIMEOUT_MS = 100;
const CANNOT_RUN = 126;
const NOT_FOUND = 127;
const BY_SIGNAL = 128;
const NO_LOSS: Loss = { undelivered: 0, unconfirmed: 0 };
const WHY = new Map([
  ['EACCES', 'it is not an executable file (EACCES)'],
  ['ENOEXEC', 'it is not a program for this machine (ENOEXEC)'],
]);

/**
 * Resolves when the program has ended, no process holds its output any more, and everything is delivered or the time is up.
 * @param say Called with a sentence that says why the program cannot be run.
 */
export async function runProgram(
  [command = '', ...args]: readonly string[],
  say: (sentence: string) => void,
): Promise<ProgramEnd> {
  // Undefined if nothing can be shipped: then the program writes directly to our stdout and stderr.
  const { registration } = await keepingTheLoop(import('@direct-logging/auto'));
  if (registration === undefined) {
    return { ...(await endOf(spawnWith(command, args), say)), loss: NO_LOSS };
  }
  // Otherwise the first lines would be lost if this process were killed at once.
  await keepingTheLoop(registration.transport.ready(CONNECT_TIMEOUT_MS));
  const out = openPipe();
  const error = openPipe();
  const program = spawnWith(command, args, out, error);
  const { child } = program;
  // As Node does with its own pipes: this is where the preload sees that this process reads what the program prints.
  child.stdout ??= out.readable ?? null;
  child.stderr ??= error.readable ?? null;
  const passed = Promise.all([
    passOn(child.stdout, process.stdout),
    passOn(child.stderr, process.stderr),
  ]);
  for (const pipe of [out, error]) pipe.closeWriteEnd();
  const end = await endOf(program, say);
  await passed;
  // Ships a last line without a newline.
  registration.unregister();
  await keepingTheLoop(registration.transport.close({ isReported: true }));
  return { ...end, loss: lossOf(registration.transport.stats) };
}

function lossOf({ queued, unsent, dropped }: TransportStats): Loss {
  // The server has acknowledged what a lost copy repeats.
  const { copy: _, ...lost } = dropped;
  const undelivered = Object.values(lost).reduce((sum, count) => sum + count, unsent);
  return { undelivered, unconfirmed: queued - unsent };
}

/** Ends this process by the signal that ended the program. If it is the first in a container, it goes on. */
export function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function spawnWith(command: string, args: readonly string[], out?: Pipe, error?: Pipe) {
  // A signal may come as soon as the program runs, before `spawn` returns.
  const stopSignals = passSignals((signal) => void child.kill(signal));
  const child = spawn(command, args, {
    stdio: ['inherit', out?.writeEnd ?? 'inherit', error?.writeEnd ?? 'inherit'],
  });
  return { child, stopSignals };
}

/** If the reader of our output is gone, the program gets a broken pipe, as it would without direct-logging. */
async function passOn(from: Readable | null, to: NodeJS.WritableStream): Promise<void> {
  if (from !== null) await pipeline(from, to, { end: false }).catch(() => {});
}

async function endOf(
  { child, stopSignals }: ReturnType<typeof spawnWith>,
  say: (sentence: string) => void,
): Promise<Omit<ProgramEnd, 'loss'>> {
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('exit', (...how) => resolve(how));
  });
  try {
    await once(child, 'spawn');
    // A program may run as another user, who takes no signals from us. Node emits that as an error of the child:
    // https://github.com/nodejs/node/blob/main/lib/internal/child_process.js
    child.on('error', () => {});
    const [code, signal] = await ended;
    return signal === null
      ? { status: code ?? 0, signal: undefined }
      : { status: BY_SIGNAL + constants.signals[signal], signal };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = WHY.get(code ?? '') ?? message;
    say(
      code === 'ENOENT'
        ? `there is no program ${child.spawnfile}`
        : `${child.spawnfile} cannot be run: ${reason}`,
    );
    return { status: code === 'ENOENT' ? NOT_FOUND : CANNOT_RUN, signal: undefined };
  } finally {
    stopSignals();
  }
}

function passSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (!KEY_SIGNALS.includes(signal) || !process.stdin.isTTY) pass(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

/** The transport does not keep the event loop alive, so a timer must. */
export async function keepingTheLoop<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 60_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
