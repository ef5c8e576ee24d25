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
  /** Lines in a burst. */
  readonly lines: number;
}

const BURSTS = 6;
const PROGRAM = beside(import.meta, 'program.mjs');
const BASELINE = beside(import.meta, '../baseline/console.mjs');

/** The Node that is measured: that of `--node=20`, or else the one that runs this. */
const node = await (flag('node') === undefined
  ? process.execPath
  : nodeBinary(Number(flag('node')) as NodeMajor));

/** Microseconds of CPU per line. */
export function costOfCall(one: CallCase, server: string, peers: string): Promise<number> {
  const { kind, size, lines, preload } = one;
  const specifier = preload === 'baseline' ? BASELINE : '@direct-logging/auto';
  return told<number>({
    node,
    flags: preload === undefined ? [] : ['--import', specifier],
    program: PROGRAM,
    args: [kind, size, lines, BURSTS],
    env: {
      BENCH_PEERS: peers,
      BENCH_SERVER: server,
      ...(preload === 'ours' ? { VICTORIALOGS_URL: server } : {}),
    },
  });
}
