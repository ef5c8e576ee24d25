/** The columns of the kill matrix: how a program's lines come to us. `fixtures/writers.cjs` has the writers. */

/** One way. */
export interface Way {
  readonly name: string;
  /** As the documentation calls it. */
  readonly title: string;
  readonly writers: readonly string[];
  /** Flags of Node in the run with direct-logging. */
  readonly withUs: readonly string[];
  /** Flags of Node in the run without direct-logging. */
  readonly bare: readonly string[];
  /**
   * How the server is named: http with its IP address, http with a host name, https through a proxy (OpenSSL), https by the
   * server's own TLS (Go), https through vmauth, https through nginx.
   */
  readonly server: 'address' | 'name' | 'https' | 'own https' | 'vmauth' | 'nginx';
  /** True for what takes long to build or install: it is tried in full runs alone. */
  readonly fullRunsOnly?: true;
  /** Names of the terminations that are tried. Default: all. */
  readonly terminations?: readonly string[];
  /** Terminations after which lines are missing, by name, and why. They are measured, and nothing is promised. */
  readonly limits: Readonly<Record<string, string>>;
}

const NO_TICK =
  'a host name is looked up by the event loop, which has not run when the program is over in its first tick (an IP address needs none)';
const THREAD = "pino's thread has not sent yet what it was handed, and dies with the process";
/** What is missing then was not printed either. */
export const PASSED_ON =
  "a worker's output is printed by the main thread, and Node forgets what it has not passed on: it is not printed either";

const WITHIN_FIRST_TICK = {
  sigterm: NO_TICK,
  sigint: NO_TICK,
  abort: NO_TICK,
  sigkill: NO_TICK,
  'heap-exhausted': NO_TICK,
  'blocked-loop': NO_TICK,
};

const PRELOADED = {
  withUs: ['--import', 'direct-logging', '--import', './connected.mjs'],
  bare: ['--import', './empty-preload.mjs'],
} as const;
const REQUIRED = {
  withUs: ['--require', 'direct-logging'],
  bare: ['--require', './empty-preload.cjs'],
} as const;
const IN_CODE = { withUs: [], bare: [], server: 'address' } as const;

export const WAYS: readonly Way[] = [
  {
    name: 'import',
    title: '`--import direct-logging`',
    writers: ['console', 'pino', 'winston'],
    ...PRELOADED,
    server: 'address',
    limits: { 'worker-terminated': PASSED_ON },
  },
  {
    name: 'code',
    title: 'packages in code, connected',
    writers: ['core', 'pino-destination', 'winston-transport'],
    ...IN_CODE,
    limits: {},
  },
  {
    name: 'code-at-once',
    title: 'packages in code, in the first tick',
    writers: ['core-at-once'],
    ...IN_CODE,
    limits: {},
  },
  {
    name: 'pino-target',
    title: '`pino.transport`',
    writers: ['pino-target'],
    ...IN_CODE,
    limits: {
      sigterm: THREAD,
      sigint: THREAD,
      abort: THREAD,
      sigkill: THREAD,
      'sigkill-later': THREAD,
      'heap-exhausted': THREAD,
      'blocked-loop': THREAD,
      'worker-terminated': THREAD,
      'worker-terminated-later': THREAD,
    },
  },
  {
    name: 'require',
    title: '`--require direct-logging`',
    writers: ['console'],
    ...REQUIRED,
    server: 'address',
    limits: { 'worker-terminated': PASSED_ON },
  },
  {
    name: 'require-by-name',
    title: '`--require direct-logging`, server by name',
    writers: ['console'],
    ...REQUIRED,
    server: 'name',
    terminations: ['natural', 'exit', ...Object.keys(WITHIN_FIRST_TICK), 'sigkill-later'],
    limits: WITHIN_FIRST_TICK,
  },
  {
    name: 'https',
    title: '`--import direct-logging`, https',
    writers: ['console', 'pino', 'winston'],
    ...PRELOADED,
    server: 'https',
    limits: { 'worker-terminated': PASSED_ON },
  },
  {
    name: 'own-https',
    title: '`--import direct-logging`, https of VictoriaLogs itself',
    writers: ['console'],
    ...PRELOADED,
    server: 'own https',
    limits: { 'worker-terminated': PASSED_ON },
  },
  {
    name: 'vmauth-https',
    title: '`--import direct-logging`, https of vmauth',
    writers: ['console'],
    ...PRELOADED,
    server: 'vmauth',
    fullRunsOnly: true,
    limits: { 'worker-terminated': PASSED_ON },
  },
  {
    name: 'nginx-https',
    title: '`--import direct-logging`, https of nginx',
    writers: ['console'],
    ...PRELOADED,
    server: 'nginx',
    fullRunsOnly: true,
    limits: { 'worker-terminated': PASSED_ON },
  },
  {
    name: 'code-https',
    title: 'packages in code, connected, https',
    writers: ['core', 'pino-destination', 'winston-transport'],
    ...IN_CODE,
    server: 'https',
    limits: {},
  },
];
