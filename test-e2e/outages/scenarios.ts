/** The outages that are tried: what goes wrong and when, in a full run; short runs do the same in a quarter of the time. */
import type { Fault } from './fault-proxy.ts';

/** Something that happens at a time. */
interface Step {
  /** Milliseconds after the start of the program. */
  readonly atMs: number;
  /** What the proxy does from then on. */
  readonly fault?: Fault;
  /** What is done with the server itself. */
  readonly server?: 'kill' | 'stop' | 'start' | 'freeze' | 'unfreeze';
}

/** One outage. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  /** True when the server is down when the program starts. */
  readonly startsDown?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** True when the program must meet the fault: it lasts until then. */
  readonly isFelt?: boolean;
  /** Records that may be given up, by reason: those that were alone in a request that the server called bad. */
  readonly dropped?: Readonly<Record<string, number>>;
  /** How many lines may be stored twice; as many as are sent again if it is not said. */
  readonly maxDuplicates?: number;
  /** True where the server itself loses what it had acknowledged. */
  readonly serverLoses?: boolean;
}

const PASS: Step = { atMs: 8_000, fault: { kind: 'pass' } };
const during = (fault: Fault): readonly Step[] => [{ atMs: 3_000, fault }, PASS];
const always = (fault: Fault): readonly Step[] => [{ atMs: 0, fault }];
const answered = (status: number): readonly Step[] => during({ kind: 'answer', status });

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'no outage', steps: [] },
  {
    name: 'server down at start, up after 10 s',
    startsDown: true,
    steps: [{ atMs: 10_000, server: 'start' }],
  },
  {
    name: 'server stopped (SIGTERM), up again after 5 s',
    steps: [
      { atMs: 3_000, server: 'stop' },
      { atMs: 8_000, server: 'start' },
    ],
  },
  {
    name: 'server killed (SIGKILL) for 10 s, durable on',
    env: { VICTORIALOGS_DURABLE: '1' },
    steps: [
      { atMs: 3_000, server: 'kill' },
      { atMs: 13_000, server: 'start' },
    ],
  },
  {
    name: 'server killed (SIGKILL) for 10 s, durable off',
    serverLoses: true,
    steps: [
      { atMs: 3_000, server: 'kill' },
      { atMs: 13_000, server: 'start' },
    ],
  },
  {
    name: 'server frozen (SIGSTOP) for 15 s',
    maxDuplicates: 256,
    steps: [
      { atMs: 3_000, server: 'freeze' },
      { atMs: 18_000, server: 'unfreeze' },
    ],
  },
  { name: 'connections refused for 5 s', steps: during({ kind: 'refuse' }), isFelt: true },
  { name: 'accepts and never answers for 5 s', steps: during({ kind: 'hang' }), isFelt: true },
  { name: 'answers lost for 5 s', steps: during({ kind: 'lose-answers' }), isFelt: true },
  {
    name: 'resets each request midway for 5 s',
    steps: during({ kind: 'reset', afterBytes: 2_000 }),
    isFelt: true,
  },
  { name: 'answers 100 ms late', steps: always({ kind: 'delay', ms: 100 }) },
  { name: 'answers 2 s late', steps: always({ kind: 'delay', ms: 2_000 }) },
  { name: 'closes idle connections', steps: always({ kind: 'close-idle', ms: 20 }) },
  { name: '503 for 5 s', steps: answered(503), isFelt: true },
  {
    name: '429 with Retry-After: 2 for 5 s',
    steps: during({ kind: 'answer', status: 429, retryAfter: 2 }),
    isFelt: true,
  },
  { name: '400 for 5 s', steps: answered(400), isFelt: true, dropped: { rejected: 3 } },
  { name: '401 for 5 s', steps: answered(401), isFelt: true },
  { name: '403 for 5 s', steps: answered(403), isFelt: true },
  { name: '404 for 5 s', steps: answered(404), isFelt: true },
  { name: '413 for 5 s', steps: answered(413), isFelt: true, dropped: { too_large: 3 } },
];
