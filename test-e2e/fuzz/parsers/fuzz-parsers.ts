/**
 * Fuzzes each parser of foreign bytes with coverage: libFuzzer, as Jazzer.js has it, changes inputs until they reach new code.
 *
 * `node test-e2e/fuzz/parsers/fuzz-parsers.ts --minutes 60` tries for an hour, `--target redaction` tries only one of them. What
 * fails is kept in `corpus/`, where `parsers.test.ts` tries it again for ever.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { cached } from '../../environment/cache.ts';
import { unpackDebianPackages } from '../../environment/debian-packages.ts';
import { pinnedPackages } from '../../environment/pinned-packages.ts';
import { tryCommand } from '../../environment/run-command.ts';

const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));
/** Of the C library that Jazzer.js is built with. */
const GLIBC = '2.38';
/** An input that takes longer is a fault. The machine may be busy. */
const MAX_S = 20;
/** Characters of the fuzzer's output, which ends with what it found. */
const MAX_OUTPUT = 2_000;

/** What takes turns of the event loop. The others are faster without. */
const WAITING: ReadonlySet<string> = new Set(['handshake']);

/** What one target found. */
export interface ParserFuzz {
  readonly target: string;
  /** Inputs that were tried. */
  readonly runs: number;
  /** The output of the fuzzer; undefined if nothing was found. */
  readonly failure: string | undefined;
}

/** Tries each target for so many seconds, one after the other. */
export async function fuzzParsers(
  targets: readonly string[],
  seconds: number,
): Promise<ParserFuzz[]> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-parsers-'));
  try {
    await bundleTargets(folder);
    const node = await nodeForJazzer();
    const results: ParserFuzz[] = [];
    for (const target of targets) results.push(await fuzzOne(target, seconds, folder, node));
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One file of the sources: Jazzer.js counts what runs in it. */
async function bundleTargets(folder: string): Promise<void> {
  const input = fileURLToPath(new URL('targets.ts', import.meta.url));
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  await bundle.write({ file: join(folder, 'targets.cjs'), format: 'cjs' });
  await bundle.close();
  // Jazzer.js adds the extension itself.
  await writeFile(join(folder, 'package.json'), '{"type":"commonjs"}');
  await copyFile(join(folder, 'targets.cjs'), join(folder, 'targets.js'));
}

/** The command that runs Jazzer.js. Where the C library is too old for it, with Debian's newer one beside it. */
async function nodeForJazzer(): Promise<readonly string[]> {
  const modules = await pinnedPackages({ name: 'fuzzing', what: 'Jazzer.js' });
  const jazzer = [process.execPath, join(modules, '@jazzer.js/core/dist/cli.js')];
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const version = header.glibcVersionRuntime ?? GLIBC;
  if (version.localeCompare(GLIBC, 'en', { numeric: true }) >= 0) return jazzer;
  const packages = ['libc6:amd64', 'libstdc++6:amd64', 'libgcc-s1:amd64'];
  const root = await cached('glibc/trixie', (building) => unpackDebianPackages(packages, building));
  const library = join(root, 'usr/lib/x86_64-linux-gnu');
  return [join(root, 'usr/lib64/ld-linux-x86-64.so.2'), '--library-path', library, ...jazzer];
}

async function fuzzOne(
  target: string,
  seconds: number,
  folder: string,
  [program = '', ...args]: readonly string[],
): Promise<ParserFuzz> {
  const corpus = join(folder, target);
  await mkdir(corpus);
  const kept = join(CORPUS, target);
  if (existsSync(kept)) await cp(kept, corpus, { recursive: true });
  const jazzer = ['targets', '-f', target, '-i', 'targets', corpus];
  if (!WAITING.has(target)) jazzer.push('--sync');
  // They look for paths and prototypes that come from an input. In our settings, paths do.
  jazzer.push('--disable_bug_detectors=.*');
  const libFuzzer = ['--', `-max_total_time=${seconds}`, `-timeout=${MAX_S}`];
  const { code, stdout, stderr } = await tryCommand(program, [...args, ...jazzer, ...libFuzzer], {
    cwd: folder,
  });
  const output = stdout + stderr;
  const runs = Number(/Done (\d+) runs/.exec(output)?.[1] ?? 0);
  if (code === 0 && runs > 0) return { target, runs, failure: undefined };
  for (const name of await readdir(folder)) {
    if (!/^(crash|timeout|oom)-/.test(name)) continue;
    const input = await readFile(join(folder, name));
    const hash = createHash('sha256').update(input).digest('hex').slice(0, 12);
    await mkdir(kept, { recursive: true });
    await writeFile(join(kept, hash), input);
    await rm(join(folder, name));
  }
  return { target, runs, failure: output.slice(-MAX_OUTPUT) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, target: { type: 'string' } },
  });
  const targets = values.target ? [values.target] : Object.keys(await import('./targets.ts'));
  const seconds = Math.ceil((Number(values.minutes) * 60) / targets.length);
  for (const { target, runs, failure } of await fuzzParsers(targets, seconds)) {
    console.log(failure === undefined ? `${target}: ${runs} inputs, nothing found` : failure);
    if (failure !== undefined) process.exitCode = 1;
  }
}
