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
  /** Where the product is built that is measured. Default: this one. */
  readonly product?: string;
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

const PROGRAM = beside(import.meta, 'program.mjs');
const BASELINE = beside(import.meta, '../baseline/console.mjs');

/** The Node that is measured: that of `--node=20`, or else the one that runs this. */
const node = await (flag('node') === undefined
  ? process.execPath
  : nodeBinary(Number(flag('node')) as NodeMajor));

/** Microseconds of CPU per line. */
export function costOfCall(one: CallCase, server: string, peers: string): Promise<number> {
  const { kind, size, load, preload, product, before = [], after = [], env } = one;
  const ours = product === undefined ? '@direct-logging/auto' : preloadOf(product);
  const specifier = preload === 'baseline' ? BASELINE : ours;
  return told<number>({
    node,
    flags: [...before, ...(preload === undefined ? [] : ['--import', specifier]), ...after],
    program: PROGRAM,
    args: [kind, size, load.lines, load.bursts, load.warmUp],
    env: {
      BENCH_PEERS: peers,
      BENCH_SERVER: server,
      ...(product === undefined ? {} : { BENCH_PRODUCT: product }),
      ...(preload === 'ours' ? { VICTORIALOGS_URL: server } : {}),
      ...env,
    },
  });
}

/** The preload of a product that was built somewhere else. */
export function preloadOf(product: string): string {
  return `${product}/packages/auto/dist/import.js`;
}
