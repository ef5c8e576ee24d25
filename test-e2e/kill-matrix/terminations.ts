/** The rows of the kill matrix: how a program can end. `fixtures/terminations.cjs` carries them out, under the same names. */

/** One way to end. */
export interface Termination {
  readonly name: string;
  /** As the documentation calls it. */
  readonly title: string;
  /** Flags of Node that it needs. */
  readonly nodeArgs?: readonly string[];
  /** Text of the FATAL record that the preload makes of it. */
  readonly fatal?: string;
  /** Writers whose printed output differs from run to run, without direct-logging too. */
  readonly unsteady?: readonly string[];
}

const FATAL = 'the stock is gone';

const ALL_THAT_PRINT = [
  ...['console', 'pino', 'winston', 'core', 'core-at-once'],
  ...['pino-destination', 'winston-transport'],
];

/** pino prints in the background: as far as it gets, and what a handler prints, or an exit makes it repeat, in between. */
const PINO = ['pino'];

export const TERMINATIONS: readonly Termination[] = [
  { name: 'natural', title: 'natural end' },
  { name: 'exit', title: '`process.exit(0)` in the same tick' },
  { name: 'exit-in-promise', title: '`process.exit` inside a promise' },
  { name: 'uncaught-exception', title: 'uncaught exception', fatal: FATAL },
  { name: 'unhandled-rejection', title: 'unhandled rejection', fatal: FATAL },
  { name: 'sigterm', title: 'SIGTERM without a handler' },
  { name: 'sigint', title: 'SIGINT without a handler' },
  { name: 'sigterm-handler-exits', title: 'SIGTERM, own handler that exits', unsteady: PINO },
  { name: 'sigint-handler-exits', title: 'SIGINT, own handler that exits', unsteady: PINO },
  {
    name: 'sigterm-handler-stays',
    title: 'SIGTERM, own handler that does not exit',
    unsteady: PINO,
  },
  { name: 'sigint-handler-stays', title: 'SIGINT, own handler that does not exit', unsteady: PINO },
  { name: 'abort', title: '`process.abort()`' },
  { name: 'sigkill', title: 'SIGKILL in the same tick' },
  { name: 'sigkill-later', title: 'SIGKILL 200 ms later', unsteady: PINO },
  { name: 'heap-exhausted', title: 'heap exhausted', nodeArgs: ['--max-old-space-size=48'] },
  { name: 'blocked-loop', title: 'event loop blocked, SIGKILL 2 s later' },
  {
    name: 'worker-terminated',
    title: 'worker thread that logs and is terminated at once',
    unsteady: ALL_THAT_PRINT,
  },
  { name: 'worker-terminated-later', title: 'worker thread that is terminated a second later' },
  { name: 'child-inherits', title: 'child process with inherited stdio' },
];

/** Terminations from outside, each right after the last line is seen; only containers have them. */
export const REMOVED_BY_FORCE = [
  { name: 'kill', title: '`docker kill` right after the last line' },
  { name: 'rm --force', title: '`docker rm --force` right after the last line' },
] as const satisfies readonly Termination[];
