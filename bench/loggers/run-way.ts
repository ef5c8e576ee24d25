/** Runs the program in one way and counts what arrives. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../test-e2e/environment/run-program.ts';
import type { VictoriaLogs } from '../../test-e2e/environment/victorialogs.ts';
import type { CountingServer } from './counting-server.ts';
import type { Way } from './ways.ts';

/** Where lines can go, and where the packages to compare with are. */
export interface Surroundings {
  readonly server: VictoriaLogs;
  readonly countingServer: CountingServer;
  readonly peers: string;
}

/**
 * How the program ends. `closed`: it closes its transport. At once: after the last line, in the tick of the first one.
 * Later: after the last line, 300 ms after the first half of the lines.
 */
export type Ending =
  | 'natural'
  | 'closed'
  | 'process.exit at once'
  | 'SIGTERM at once'
  | 'SIGTERM later'
  | 'SIGKILL later';

/** What one run took. If a signal ended it, only `arrived` and `endedMs` are known. */
export interface Run {
  /** Time in the logging calls, per line. */
  readonly callMicroseconds: number;
  /** Processor time of the whole process, its threads included, from the first line to the end, per line. */
  readonly cpuMicroseconds: number;
  /** From the first line to the end of the process. */
  readonly loggingMs: number;
  /** From the start of the process to the return of the first logging calls. */
  readonly firstLineMs: number;
  readonly peakBytes: number;
  /** From the start of the process to its end. Undefined if it had to be killed. */
  readonly endedMs: number | undefined;
  /** How many different lines were stored. If the way ships no lines, the number of logged lines. */
  readonly arrived: number;
}

const PROGRAM = fileURLToPath(new URL('./program.mjs', import.meta.url));
const AUTO = import.meta.resolve('@direct-logging/auto');
const MAX_MS = 60_000;

/** Runs the program. It is killed after `maxMs`. */
export async function runWay(
  way: Way,
  ending: Ending,
  lines: number,
  { server, countingServer, peers }: Surroundings,
  maxMs = MAX_MS,
): Promise<Run> {
  const id = `run-${randomUUID()}`;
  const preload = way.preloaded ? ['--import', AUTO] : [];
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [...preload, PROGRAM, way.maker, ending, id, `${lines}`], {
    env: {
      ...bareEnvironment(),
      BENCH_PEERS: peers,
      BENCH_SERVER: server.url,
      BENCH_COUNTING_SERVER: countingServer.url,
      ...(way.preloaded ? { VICTORIALOGS_URL: server.url } : {}),
    },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let killed = false;
  const timer = setTimeout(() => {
    killed = child.kill('SIGKILL');
  }, maxMs);
  const told = await text(child.stdio[3] as Readable);
  clearTimeout(timer);
  const endedMs = performance.timeOrigin + performance.now() - startedAt;
  const { firstLineAt, ...measured } = told === '' ? { firstLineAt: NaN } : JSON.parse(told);
  return {
    ...measured,
    firstLineMs: firstLineAt - startedAt,
    endedMs: killed ? undefined : endedMs,
    arrived: await arrived(id, way, lines, server, countingServer),
  };
}

/** Counts until all lines are there, or until no more have come for a second. */
async function arrived(
  id: string,
  way: Way,
  lines: number,
  server: VictoriaLogs,
  countingServer: CountingServer,
): Promise<number> {
  if (way.to === 'nowhere') return lines;
  const count =
    way.to === 'counting server' ? async () => countingServer.count(id) : () => stored(server, id);
  for (let before = -1; ; ) {
    const now = await count();
    if (now >= lines || now === before) return now;
    before = now;
    await sleep(1_000);
  }
}

async function stored(server: VictoriaLogs, id: string): Promise<number> {
  await server.forceFlush();
  const [row] = await server.query(`"${id}" | stats count_uniq(_msg) as lines`);
  return Number(row?.lines ?? 0);
}
