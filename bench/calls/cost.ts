/** What one way to log costs the thread per line. */
import { type NodeMajor, nodeBinary } from '../../test-e2e/environment/nodes.ts';
import { flag } from '../measure/rounds.ts';
import { beside, told } from '../measure/told.ts';

/** What is logged, and what ships it. */
export interface CallCase {
  /** `text`, `json`, or a logger of `make-logger.mjs`. */
  readonly kind: string;
  /** Characters of text, or fields of JSON. */
  readonly size: number;
  readonly preload?: 'baseline' | 'ours' | undefined;
  readonly load: Load;
  /** Flags of Node before the preload. */
  readonly before?: readonly string[];
  /** Flags of Node after it. */
  readonly after?: readonly string[];
  /** Variables beside those of the case. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How much is logged. */
export interface Load {
  /** Lines of a burst. */
  readonly lines: number;
  /** The cheapest one counts. */
  readonly bursts: number;
  /** Lines before the first burst: V8 compiles what runs often. */
  readonly warmUp: number;
}

/** What the program tells. */
interface Told {
  readonly microseconds: number;
  readonly heapBytes: number;
}

const PROGRAM = beside(import.meta, 'program.mjs');
const BASELINE = beside(import.meta, '../baseline/console.mjs');
/** Nothing is collected while so few lines are logged in so large a heap. */
const NO_COLLECTION = ['--min-semi-space-size=512', '--max-semi-space-size=512'];
const FEW_LINES: Load = { lines: 20_000, bursts: 1, warmUp: 30_000 };

/** The Node that is measured: that of `--node=20`, or else the one that runs this. */
const node = await (flag('node') === undefined
  ? process.execPath
  : nodeBinary(Number(flag('node')) as NodeMajor));

/** Microseconds of CPU per line. */
export async function costOfCall(one: CallCase, server: string, peers: string): Promise<number> {
  return (await run(one, server, peers)).microseconds;
}

/** Bytes of V8's heap per line. */
export async function garbageOfCall(one: CallCase, server: string, peers: string): Promise<number> {
  const { before = [] } = one;
  const flags = [...NO_COLLECTION, '--expose-gc', ...before];
  return (await run({ ...one, before: flags, load: FEW_LINES }, server, peers)).heapBytes;
}

function run(one: CallCase, server: string, peers: string): Promise<Told> {
  const { kind, size, load, preload, before = [], after = [], env } = one;
  const specifier = preload === 'baseline' ? BASELINE : '@direct-logging/auto';
  return told<Told>({
    node,
    flags: [...before, ...(preload === undefined ? [] : ['--import', specifier]), ...after],
    program: PROGRAM,
    args: [kind, size, load.lines, load.bursts, load.warmUp],
    env: {
      BENCH_PEERS: peers,
      BENCH_SERVER: server,
      ...(preload === 'ours' ? { VICTORIALOGS_URL: server } : {}),
      ...env,
    },
  });
}
