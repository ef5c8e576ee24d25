/** Runs one program of a plan with direct-logging, and once without direct-logging, with its proxies, its signals and its spool. */
import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodeBinary } from '../environment/nodes.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import type { VictoriaLogs } from '../environment/victorialogs.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { startTlsProxy, type TlsProxy } from '../kill-matrix/tls-proxy.ts';
import { type FaultProxy, startFaultProxy } from '../outages/fault-proxy.ts';
import { ownTimeOf, type ProgramPlan, type Trouble } from './plan.ts';

/** All that was seen of a program. Times are milliseconds after the start of the round. */
export interface ProgramFacts {
  readonly plan: ProgramPlan;
  readonly withUs: ProgramRun;
  /** Absent where a signal from outside ended it: where that meets the program, no two runs have in common. */
  readonly bare?: ProgramRun | undefined;
  readonly startedMs: number;
  readonly endedMs: number;
  /** When it had flushed at its end, or ended without that. */
  readonly flushedMs: number;
  /** Lines that it had begun, and those of them that were written when it ended. */
  readonly begun: number;
  readonly done: number;
  /** The counters of its transport, if its `exit` listeners ran. */
  readonly stats?: Stats | undefined;
  /** When its proxy misbehaved. */
  readonly troubled: readonly Span[];
  /** When its server waited for the rest of a request that its proxy had swallowed. */
  readonly halfRequests: readonly Span[];
  /** What the server has of it, sorted by `_time`. */
  readonly rows: readonly Row[];
  /** Names of files in its spool after the spool was drained, and what the command said. */
  readonly spoolLeft: readonly string[];
  readonly drained: string;
  /** What nobody may see. */
  readonly secrets: readonly string[];
}

/** What its transport counted. */
interface Stats {
  readonly written: number;
  readonly delivered: number;
  readonly queued: number;
  readonly spooled: number;
  readonly resent: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** From when to when. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A program that has been started. */
export interface RunningProgram {
  readonly ended: Promise<unknown>;
  /** Delivers what it left in its spool. */
  drain(): Promise<void>;
  /** Once it has ended and the server has what it will ever have of it. */
  look(): Promise<ProgramFacts>;
  discard(): Promise<void>;
}

/** What to run, and where. */
export interface Assignment {
  readonly program: ProgramPlan;
  /** Its `container_name`. */
  readonly name: string;
  readonly folder: string;
  readonly server: VictoriaLogs;
  /** When the round started, by `performance.now()`. */
  readonly startedAt: number;
  readonly troubles: readonly Trouble[];
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = fileURLToPath(new URL('fixtures/program.cjs', import.meta.url));
const BARE_PRELOADS = {
  import: new URL('../kill-matrix/fixtures/empty-preload.mjs', import.meta.url).href,
  require: fileURLToPath(new URL('../kill-matrix/fixtures/empty-preload.cjs', import.meta.url)),
};
const COMMAND = join(ROOT, 'packages/cli/dist/main.js');
const TWO_ADDRESSES = fileURLToPath(new URL('fixtures/two-addresses.cjs', import.meta.url));
/** Beside its own time: starting it on a busy machine, and its longest exit. */
const HUNG_AFTER_MS = 60_000;
const DRAIN_MS = 60_000;
const HEAP_MB = 48;

/** Starts it when its time has come. */
export async function startProgram(assignment: Assignment): Promise<RunningProgram> {
  const { program, name, folder, server } = assignment;
  const place = await preparePlace(assignment);
  const since = (): number => performance.now() - assignment.startedAt;
  const runs = runBoth(assignment, place, since);
  const troubled = trouble(place.proxy, assignment.troubles, since);
  let drained = '';
  return {
    ended: Promise.all([runs, troubled]),
    async drain() {
      if (program.settings.spool) drained = await drain(program, place.env);
    },
    async look() {
      const ends = await runs;
      // Written after our flush.
      const report = await stat(join(folder, `${name}.report.0`)).catch(() => undefined);
      const query = `container_name:="${name}" | sort by (_time)`;
      return {
        plan: program,
        ...ends,
        flushedMs: report
          ? report.mtimeMs - performance.timeOrigin - assignment.startedAt
          : ends.endedMs,
        troubled: await troubled,
        halfRequests: (place.proxy?.seen.halfRequests ?? []).map(({ fromMs, toMs }) => ({
          fromMs: fromMs - assignment.startedAt,
          toMs: toMs - assignment.startedAt,
        })),
        rows: await server.query(query),
        ...(await readJournal(join(folder, `${name}.journal`))),
        stats: await readStats(folder, `${name}.report`),
        spoolLeft: program.settings.spool ? await readdir(place.spool) : [],
        drained,
        secrets: place.secrets,
      };
    },
    async discard() {
      await runs.catch(() => {});
      await troubled.catch(() => {});
      await place.tls?.stop();
      await place.proxy?.stop();
    },
  };
}

interface Place {
  readonly env: Readonly<Record<string, string>>;
  readonly spool: string;
  readonly secrets: readonly string[];
  readonly proxy: FaultProxy | undefined;
  readonly tls: TlsProxy | undefined;
}

async function preparePlace({ program, name, folder, server }: Assignment): Promise<Place> {
  const { settings, address, proxied } = program;
  const proxy = proxied ? await startFaultProxy(server.url) : undefined;
  const tls = address === 'https' ? await startTlsProxy(proxy?.url ?? server.url) : undefined;
  const url = new URL(tls?.url ?? proxy?.url ?? server.url);
  url.hostname = /name|two addresses/.test(address) ? 'localhost' : '127.0.0.1';
  const secrets = giveCredentials(url, settings.credentials, name);
  const spool = join(folder, `${name}.spool`);
  await mkdir(spool);
  const { maxQueueBytes, exitTimeoutMs } = settings;
  const env = {
    VICTORIALOGS_URL: url.href,
    VICTORIALOGS_CONTAINER_NAME: name,
    ...(tls && { NODE_EXTRA_CA_CERTS: tls.certificate }),
    ...(settings.durable && { VICTORIALOGS_DURABLE: '1' }),
    ...(settings.spool && { VICTORIALOGS_SPOOL_DIR: spool }),
    ...(settings.oldTimes && { VICTORIALOGS_RETENTION: '1d' }),
    ...(settings.debug && { VICTORIALOGS_DEBUG: '1' }),
    ...(maxQueueBytes && { VICTORIALOGS_MAX_QUEUE_BYTES: String(maxQueueBytes) }),
    ...(exitTimeoutMs && { VICTORIALOGS_EXIT_TIMEOUT_MS: String(exitTimeoutMs) }),
  };
  return { env, spool, secrets, proxy, tls };
}

function giveCredentials(
  url: URL,
  which: ProgramPlan['settings']['credentials'],
  name: string,
): string[] {
  if (which === undefined) return [];
  const random = name.slice(5, 13);
  const user = `user${random}`;
  const password = which === 'user' ? '' : `pw${random}`;
  url.username = user;
  url.password = password;
  const encoded = Buffer.from(`${user}:${password}`).toString('base64').replaceAll('=', '');
  return [user, password, encoded].filter((secret) => secret !== '');
}

async function runBoth({ program, name, folder }: Assignment, place: Place, since: () => number) {
  await sleep(Math.max(0, program.startsAtMs - since()));
  const node = await nodeBinary(program.node);
  const options = {
    node,
    output: program.output,
    cwd: ROOT,
    timeoutMs: ownTimeOf(program) + HUNG_AFTER_MS,
  };
  const filesOf = (run: string) => ({
    FUZZ_PLAN: JSON.stringify(program),
    FUZZ_JOURNAL: join(folder, `${run}.journal`),
    FUZZ_REPORT: join(folder, `${run}.report`),
  });
  const startedMs = since();
  let endedMs = 0;
  const [withUs, bare] = await Promise.all([
    runProgram({
      ...options,
      args: argumentsFor(program, 'direct-logging'),
      env: { ...place.env, ...filesOf(name) },
      onStart: (child) => void sendSignals(child, program, filesOf(name).FUZZ_JOURNAL),
    }).finally(() => {
      endedMs = since();
    }),
    program.termination === 'stay'
      ? undefined
      : runProgram({
          ...options,
          args: argumentsFor(program, BARE_PRELOADS[program.preload as 'import']),
          env: filesOf(`${name}-bare`),
        }),
  ]);
  return { withUs, bare, startedMs, endedMs };
}

function argumentsFor(program: ProgramPlan, module: string): string[] {
  const { preload, termination } = program;
  const heap = termination === 'heap-exhausted' ? [`--max-old-space-size=${HEAP_MB}`] : [];
  return [
    ...namesFor(program),
    ...heap,
    ...(preload === 'none' ? [] : [`--${preload}`, module]),
    PROGRAM,
  ];
}

function namesFor({ address }: ProgramPlan): string[] {
  return address === 'two addresses' ? ['--require', TWO_ADDRESSES] : [];
}

async function sendSignals(
  child: ChildProcess,
  { frozen, signal }: ProgramPlan,
  journal: string,
): Promise<void> {
  const send = async (atMs: number, name: NodeJS.Signals): Promise<void> => {
    await sleep(atMs);
    child.kill(name);
  };
  const end = async ({ atMs, name, handled }: NonNullable<typeof signal>): Promise<void> => {
    await sleep(atMs);
    // Its listener is there when it has begun, which may be later on a busy machine.
    while (handled && isRunning(child) && !existsSync(journal)) await sleep(10);
    child.kill(name);
  };
  await Promise.all([
    frozen && send(frozen.atMs, 'SIGSTOP'),
    frozen && send(frozen.atMs + frozen.forMs, 'SIGCONT'),
    signal && end(signal),
  ]);
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function trouble(
  proxy: FaultProxy | undefined,
  troubles: readonly Trouble[],
  since: () => number,
): Promise<Span[]> {
  const spans: Span[] = [];
  for (const planned of troubles) {
    if (proxy === undefined || !('proxy' in planned)) continue;
    await sleep(Math.max(0, planned.atMs - since()));
    const fromMs = since();
    await proxy.misbehave(planned.proxy);
    await sleep(planned.forMs);
    await proxy.misbehave({ kind: 'pass' });
    spans.push({ fromMs, toMs: since() });
  }
  return spans;
}

/** Again while it comes further: on a busy machine its time can be up before all is read. */
async function drain(program: ProgramPlan, env: Place['env']): Promise<string> {
  const args = [...namesFor(program), COMMAND, 'drain'];
  const options = { env: { ...process.env, ...env }, timeout: DRAIN_MS };
  let said = '';
  let isFurther = true;
  while (isFurther) {
    const [status, text] = await promisify(execFile)(process.execPath, args, options).then(
      ({ stdout, stderr }) => [0, stdout + stderr],
      ({ code, stdout, stderr }) => [code, `status ${code}: ${stdout}${stderr}`],
    );
    said += text;
    isFurther = status === 1 && / [1-9]\d* lines? (delivered|sent)/.test(text);
  }
  return said;
}

async function readJournal(path: string): Promise<{ begun: number; done: number }> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  if (bytes.length < 16) return { begun: 0, done: 0 };
  return { begun: bytes.readDoubleLE(0), done: bytes.readDoubleLE(8) };
}

/** Of all threads together. Undefined if the main thread has left none. */
async function readStats(folder: string, prefix: string): Promise<Stats | undefined> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${prefix}.`));
  if (!names.includes(`${prefix}.0`)) return undefined;
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => JSON.parse(text) as Stats).reduce(together);
}

function together(one: Stats, other: Stats): Stats {
  const add = (left: object, right: object): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries({ ...right, ...left }).map(([name, value]) => {
        const theirs = (right as Record<string, unknown>)[name] ?? 0;
        if (typeof value === 'number') return [name, value + Number(theirs)];
        return [name, typeof value === 'object' ? add(Object(value), Object(theirs)) : value];
      }),
    );
  return add(one, other) as unknown as Stats;
}
