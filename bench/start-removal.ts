/** What do the parts of a start cost? Each is found by removing it, and all that comes after it, from the preload: on Node 24. */
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFarServer } from './far/far-server.ts';
import { cachedPreload } from './measure/cached-preload.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside, told } from './measure/told.ts';
import type { Change } from './removal/parts.ts';
import { preloadWith } from './removal/product.ts';
import { fixed, report } from './report/report.ts';
import { REMOVALS, WITH_BUILTINS, WITHOUT_BUILTINS } from './start/parts.ts';

/** How the first file is loaded in the variants that do not run it. */
const LOADED: readonly (readonly [part: string, changes: readonly Change[]])[] = [
  ['running it: classes and tables', WITH_BUILTINS],
  ["Node's own modules that it needs", WITHOUT_BUILTINS],
];

interface Variant {
  readonly part: string;
  readonly flags: readonly string[];
  readonly withUrl: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'direct-logging-bench-'));
const PROGRAM = beside(import.meta, 'start/program.cjs');
const EMPTY = beside(import.meta, 'baseline/empty.mjs');
const server = await startFarServer();
try {
  const plain: Variant[] = [];
  const cached: Variant[] = [];
  const add = async (part: string, changes: readonly Change[], runs: boolean) => {
    const name = join(folder, String(plain.length));
    await preloadWith(changes, `${name}-plain`);
    cpSync(`${name}-plain`, `${name}-cached`, { recursive: true });
    if (runs) await cachedPreload(process.execPath, `${name}-cached`, `${name}-plain`);
    else {
      for (const to of [`${name}-plain`, `${name}-cached`]) {
        copyFileSync(join(folder, '0-plain/first.cjs'), `${to}/first.cjs`);
      }
      copyFileSync(join(folder, '0-cached/first.cache'), `${name}-cached/first.cache`);
    }
    const flagsOf = (of: string) => ['--import', `${name}-${of}/import.js`];
    plain.push({ part, flags: flagsOf('plain'), withUrl: true });
    cached.push({ part, flags: flagsOf('cached'), withUrl: true });
  };
  await add('', [], true);
  for (const [at, { part }] of REMOVALS.entries()) await add(part, REMOVALS.slice(0, at + 1), true);
  for (const [part, changes] of LOADED) await add(part, changes, false);
  const path = plain[0]?.flags ?? [];
  const rest: Variant[] = [
    { part: 'reading and compiling the first file', flags: path, withUrl: false },
    { part: 'the two files before the first', flags: ['--import', EMPTY], withUrl: false },
    { part: "Node's `--import` of an empty file", flags: [], withUrl: false },
  ];
  plain.push(...rest);
  cached.push(...rest);
  const runs = await inTurns(roundsOr(20), [...new Set([...plain, ...cached])], start);
  const cpu = least(runs, Number);
  const part = (variants: readonly Variant[], at: number) =>
    milliseconds(cpu(variants[at - 1] as Variant) - cpu(variants[at] as Variant));
  const whole = (variants: readonly Variant[]) =>
    milliseconds(cpu(variants[0] as Variant) - cpu(variants.at(-2) as Variant));
  await report({
    name: 'start-removal',
    head: ['', 'CPU', 'with the code cache'],
    rows: [
      ...plain
        .slice(1)
        .map(({ part: name }, at) => [name, part(plain, at + 1), part(cached, at + 1)])
        .reverse(),
      ['all, beside an empty `--import`', whole(plain), whole(cached)],
    ],
  });
} finally {
  server.stop();
  rmSync(folder, { recursive: true });
}

async function start({ flags, withUrl }: Variant): Promise<number> {
  const { cpuMs } = await told<{ readonly cpuMs: number }>({
    flags,
    program: PROGRAM,
    env: withUrl ? { VICTORIALOGS_URL: server.url } : {},
  });
  return cpuMs;
}

function milliseconds(value: number): string {
  return `${fixed(value)} ms`;
}
