/** What one round of the fuzz does, decided by a seed alone: the programs, what they log, and what goes wrong meanwhile. Pure. */
import { Chance } from '../environment/chance.ts';
import type { NodeMajor } from '../environment/nodes.ts';
import type { Fault } from '../outages/fault-proxy.ts';

/** One round. */
export interface Plan {
  readonly programs: readonly ProgramPlan[];
  readonly troubles: readonly Trouble[];
}

/** One program. */
export interface ProgramPlan {
  readonly writer: WriterName;
  /** How the preload is loaded. The writers in code need none. */
  readonly preload: 'import' | 'require' | 'none';
  /** How the server is named. `two addresses`: by a name that has two, of which the first refuses. */
  readonly address: 'number' | 'name' | 'two addresses' | 'https';
  /** Through a proxy of its own, which can misbehave. */
  readonly proxied: boolean;
  readonly node: NodeMajor;
  readonly output: 'files' | 'pipes';
  /** Before its first line it replaces something that we use. */
  readonly replaces?: (typeof REPLACED)[number];
  /** It logs in a thread that it starts. */
  readonly thread?: ThreadPlan;
  readonly startsAtMs: number;
  readonly settings: ProgramSettings;
  readonly steps: readonly Step[];
  /** A name of `kill-matrix/fixtures/terminations.cjs`. With `stay` a signal from outside ends it. */
  readonly termination: TerminationName;
  readonly signal?: OutsideSignal;
  /** SIGSTOP and SIGCONT from outside, in milliseconds after its start. */
  readonly frozen?: { readonly atMs: number; readonly forMs: number };
}

/** What tests replace: the network refuses, it is always 2020, `Atomics` and functions of `Buffer` are missing. */
const REPLACED = ['network', 'clock', 'statics'] as const;

/** How the thread is started that logs. */
interface ThreadPlan {
  /** `1`: the main thread starts it. `2`: a thread between them does, which is started in the same way. */
  readonly depth: 1 | 2;
  readonly env: (typeof ENVIRONMENTS)[number];
  /** `execArgv: []`. */
  readonly withoutFlags?: true;
  /** A text instead of a file. */
  readonly eval?: true;
  /** `stdout: true` and `stderr: true`, and each thread pipes them into its own. */
  readonly piped?: true;
}

const ENVIRONMENTS = ['inherited', 'empty', 'without NODE_OPTIONS', 'SHARE_ENV'] as const;

/** What a program is told by its environment. */
interface ProgramSettings {
  readonly durable?: true;
  readonly spool?: true;
  readonly maxQueueBytes?: number;
  readonly exitTimeoutMs?: number;
  readonly debug?: true;
  /** Its JSON lines have times of their own that the server no longer takes. */
  readonly oldTimes?: true;
  /** Which credentials the URL carries. */
  readonly credentials?: 'user' | 'user and password';
}

/** Lines, or time without any. */
export type Step =
  | {
      readonly lines: number;
      readonly bytes: number;
      readonly as: 'text' | 'json';
      /** Between two lines; without it all of them are written in one tick. */
      readonly everyMs?: number;
    }
  | { readonly pauseMs: number }
  | { readonly blockMs: number };

/** The signal that ends a program that stays. */
interface OutsideSignal {
  /** After its start. */
  readonly atMs: number;
  readonly name: 'SIGKILL' | 'SIGTERM' | 'SIGINT';
  /** Whether the program listens to it and exits with status 7. */
  readonly handled: boolean;
}

/** What goes wrong, from when and for how long, in milliseconds after the start of the round. */
export type Trouble = { readonly atMs: number; readonly forMs: number } & (
  | { readonly server: ServerTrouble }
  | { readonly proxy: Fault; readonly of: number }
);

/** `freeze, stop`: SIGSTOP, and at its end SIGCONT with SIGTERM at once; the server is back a moment later. */
export type ServerTrouble = 'stop' | 'kill' | 'freeze' | 'freeze, stop';

const WRITERS_THAT_PRINT = ['console', 'stdout', 'descriptor', 'pino', 'winston'] as const;
const WRITERS_IN_CODE = ['core', 'pino-destination', 'winston-transport'] as const;

type WriterName = (typeof WRITERS_THAT_PRINT)[number] | (typeof WRITERS_IN_CODE)[number];

/** Terminations at which listeners of `exit` run. */
export const GENTLE_TERMINATIONS = [
  'natural',
  'exit',
  'exit-in-promise',
  'uncaught-exception',
  'unhandled-rejection',
  'sigterm-handler-exits',
  'sigint-handler-exits',
  'sigterm-handler-stays',
  'sigint-handler-stays',
] as const;

/** Terminations at which nothing of the program runs any more. */
const HARD_TERMINATIONS = [
  'abort',
  'sigkill',
  'sigkill-later',
  'sigterm',
  'sigint',
  'heap-exhausted',
] as const;

const TERMINATIONS = [
  ...GENTLE_TERMINATIONS,
  ...HARD_TERMINATIONS,
  // A third of all.
  ...Array.from({ length: 8 }, () => 'stay' as const),
] as const;

/** Terminations of a thread. At `tell-and-stay` the thread that has started it terminates it. */
const THREAD_TERMINATIONS = [
  ...(['natural', 'natural', 'natural', 'exit', 'uncaught-exception'] as const),
  ...(['unhandled-rejection', 'tell-and-stay', 'stay'] as const),
] as const;

type TerminationName =
  | (typeof GENTLE_TERMINATIONS)[number]
  | (typeof HARD_TERMINATIONS)[number]
  | (typeof THREAD_TERMINATIONS)[number];

/** The largest line that VictoriaLogs takes has 256 KiB; longer messages go in parts. */
const MAX_LINE = 262_144;
const MAX_BYTES_OF_A_STEP = 5_000_000;
/** More does not fit into a pipe, and of what does not fit Node itself loses a part at some terminations. */
const MAX_BYTES_IN_A_PIPE = 40_000;
const ROUND_MS = 9_000;
/** In which a server without a fault takes all lines, however busy the machine is. */
export const AMPLE_EXIT_MS = 15_000;
const MIN_CROWD = 6;

/** The plan of this seed; `nodes` are those that this machine has. */
export function planFor(seed: number, nodes: readonly NodeMajor[] = [24]): Plan {
  const chance = new Chance(seed);
  if (chance.onceIn(8)) return { programs: crowdOf(chance, nodes), troubles: [] };
  const programs = Array.from({ length: chance.between(1, 4) }, () => programOf(chance, nodes));
  return { programs, troubles: troublesOf(chance, programs) };
}

/** Many short programs at once, which make the server slow without any fault. */
function crowdOf(chance: Chance, nodes: readonly NodeMajor[]): ProgramPlan[] {
  const lines = chance.between(100, 2_000);
  const bytes = chance.between(20, 400);
  return Array.from({ length: chance.between(MIN_CROWD, 12) }, () => ({
    writer: chance.oneOf(WRITERS_THAT_PRINT),
    preload: 'import',
    address: 'number',
    proxied: false,
    node: nodes.at(-1) ?? 24,
    output: 'files',
    startsAtMs: 0,
    settings: {},
    steps: [{ lines, bytes, as: 'text' }],
    termination: chance.oneOf(['natural', 'exit']),
  }));
}

/** Whether the server may be slow because of the programs alone. */
export function isCrowd({ length }: readonly unknown[]): boolean {
  return length >= MIN_CROWD;
}

/** Whether its thread is terminated: for what that thread itself ships, the end is that of a killed program. */
export function isTerminated({ termination }: ProgramPlan): boolean {
  return termination === 'tell-and-stay';
}

function programOf(chance: Chance, nodes: readonly NodeMajor[]): ProgramPlan {
  const writer = chance.oneOf([...WRITERS_THAT_PRINT, ...WRITERS_IN_CODE]);
  const prints = WRITERS_THAT_PRINT.some((name) => name === writer);
  const steps = Array.from({ length: chance.between(1, 8) }, () => stepOf(chance));
  const thread = prints && chance.onceIn(4) ? threadOf(chance) : undefined;
  const termination = chance.oneOf<TerminationName>(
    thread === undefined ? TERMINATIONS : THREAD_TERMINATIONS,
  );
  return {
    writer,
    preload: prints ? chance.oneOf(['import', 'import', 'require']) : 'none',
    address: chance.oneOf(['number', 'number', 'number', 'name', 'two addresses', 'https']),
    proxied: !chance.onceIn(3),
    node: chance.onceIn(2) ? chance.oneOf(nodes) : (nodes.at(-1) ?? 24),
    output: bytesOf(steps) < MAX_BYTES_IN_A_PIPE ? chance.oneOf(['files', 'pipes']) : 'files',
    ...(prints && chance.onceIn(4) ? { replaces: chance.oneOf(REPLACED) } : {}),
    startsAtMs: chance.onceIn(2) ? 0 : chance.between(0, ROUND_MS / 2),
    settings: settingsOf(chance),
    steps,
    termination,
    ...(thread === undefined ? {} : { thread }),
    ...(termination === 'stay' ? { signal: signalOf(chance, thread === undefined) } : {}),
    ...(chance.onceIn(6)
      ? { frozen: { atMs: chance.between(100, 3_000), forMs: chance.magnitude(50, 4_000) } }
      : {}),
  };
}

function settingsOf(chance: Chance): ProgramSettings {
  return {
    ...(chance.onceIn(3) ? { durable: true as const } : {}),
    ...(chance.onceIn(4) ? { spool: true as const } : {}),
    ...(chance.onceIn(5) ? { maxQueueBytes: chance.magnitude(65_536, 4_000_000) } : {}),
    ...exitTimeoutOf(chance),
    ...(chance.onceIn(8) ? { debug: true as const } : {}),
    ...(chance.onceIn(3)
      ? { credentials: chance.oneOf(['user', 'user and password'] as const) }
      : {}),
    ...(chance.onceIn(3) ? { oldTimes: true as const } : {}),
  };
}

/** Half of the programs have time enough on a busy machine. */
function exitTimeoutOf(chance: Chance): Pick<ProgramSettings, 'exitTimeoutMs'> {
  if (chance.onceIn(2)) return { exitTimeoutMs: AMPLE_EXIT_MS };
  return chance.onceIn(2) ? { exitTimeoutMs: chance.between(100, 4_000) } : {};
}

function stepOf(chance: Chance): Step {
  const kind = chance.between(0, 9);
  if (kind < 2) return { pauseMs: chance.magnitude(1, 4_000) };
  if (kind < 3) return { blockMs: chance.magnitude(5, 3_000) };
  const bytes = chance.magnitude(1, chance.onceIn(4) ? MAX_LINE : 400);
  const most = Math.max(1, Math.floor(MAX_BYTES_OF_A_STEP / bytes));
  const as = chance.onceIn(3) ? ('json' as const) : ('text' as const);
  if (kind < 6) return { lines: chance.magnitude(1, Math.min(most, 50_000)), bytes, as };
  const everyMs = chance.magnitude(1, 200);
  return { lines: chance.magnitude(1, Math.min(most, 2_000 / everyMs)), bytes, as, everyMs };
}

function threadOf(chance: Chance): ThreadPlan {
  return {
    depth: chance.onceIn(3) ? 2 : 1,
    env: chance.oneOf(ENVIRONMENTS),
    ...(chance.onceIn(2) ? { withoutFlags: true as const } : {}),
    ...(chance.onceIn(3) ? { eval: true as const } : {}),
    ...(chance.onceIn(4) ? { piped: true as const } : {}),
  };
}

/** Threads get no signals. */
function signalOf(chance: Chance, canHandle: boolean): OutsideSignal {
  const name = chance.oneOf(['SIGKILL', 'SIGTERM', 'SIGINT'] as const);
  const handled = canHandle && name !== 'SIGKILL' && chance.onceIn(2);
  return { atMs: chance.between(300, ROUND_MS), name, handled };
}

function troublesOf(chance: Chance, programs: readonly ProgramPlan[]): Trouble[] {
  const ofServer = chance.onceIn(2) ? [serverTroubleOf(chance)] : [];
  const ofProxies = programs.flatMap(({ proxied }, of) =>
    proxied ? Array.from({ length: chance.between(0, 3) }, () => proxyTroubleOf(chance, of)) : [],
  );
  return [...ofServer, ...ofProxies].sort((one, other) => one.atMs - other.atMs);
}

function serverTroubleOf(chance: Chance): Trouble {
  const server = chance.oneOf(['stop', 'stop', 'kill', 'freeze', 'freeze, stop'] as const);
  return { atMs: someTime(chance), forMs: chance.magnitude(20, 4_000), server };
}

function proxyTroubleOf(chance: Chance, of: number): Trouble {
  return { atMs: someTime(chance), forMs: chance.magnitude(20, 6_000), proxy: faultOf(chance), of };
}

/** Early more often than late, since many programs are short. */
function someTime(chance: Chance): number {
  return chance.onceIn(4) ? 0 : chance.between(0, chance.onceIn(2) ? ROUND_MS / 3 : ROUND_MS);
}

function faultOf(chance: Chance): Fault {
  return chance.oneOf<() => Fault>([
    () => ({ kind: 'refuse' }),
    () => ({ kind: 'hang' }),
    () => ({ kind: 'lose-answers' }),
    () => ({ kind: 'forget' }),
    () => ({ kind: 'reset', afterBytes: chance.magnitude(1, 100_000) }),
    () => ({ kind: 'delay', ms: chance.magnitude(5, 3_000) }),
    () => ({ kind: 'close-idle', ms: chance.magnitude(1, 100) }),
    () => ({ kind: 'answer', status: chance.oneOf([400, 401, 403, 404, 413, 500, 503]) }),
    () => ({ kind: 'answer', status: 429, retryAfter: chance.between(0, 2) }),
    () => ({ kind: 'answer', status: 403, echoes: true }),
  ])();
}

/** Bytes that the steps write, roughly. */
export function bytesOf(steps: readonly Step[]): number {
  return steps.reduce(
    (sum, step) => sum + ('lines' in step ? step.lines * (step.bytes + 60) : 0),
    0,
  );
}

/** Lines that the steps write. */
export function linesOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + ('lines' in step ? step.lines : 0), 0);
}

/** Milliseconds that the program takes by itself on an idle machine, about. */
export function ownTimeOf({ steps, signal, frozen }: ProgramPlan): number {
  const ofSteps = steps.map((step) => {
    if ('pauseMs' in step) return step.pauseMs;
    return 'blockMs' in step ? step.blockMs : step.lines * ((step.everyMs ?? 0) + 0.1);
  });
  const working = ofSteps.reduce((total, ms) => total + ms, 0);
  return (signal?.atMs ?? working) + (frozen?.forMs ?? 0);
}
