/** The dashboard and the alert rules of the docs, against a real VictoriaLogs: a real vmalert, and Grafana's own schema. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import dashboard from '../../docs/dashboards/grafana.json' with { type: 'json' };
import { createTransport, type TransportOptions } from '../../packages/core/src/index.ts';
import { testServer } from '../environment/for-tests.ts';
import { goProgram, hasGo } from '../environment/go-program.ts';
import { sayMissing } from '../environment/missing.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { tryCommand } from '../environment/run-command.ts';
import { freePort } from '../environment/victorialogs-process.ts';
import { insertLines } from '../environment/victorialogs-queries.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';
import { ask } from './ask.ts';

const VMALERT = 'v1.150.0';
const RULES = fileURLToPath(new URL('../../docs/dashboards/alerts.yml', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const BUILD_MS = 20 * 60_000;

/** Of the container in trouble. The other one, `calm`, is the control. */
const ERRORS = 12;
const MISSING = 2;
const COLD_STARTS = 21;

const server = testServer({ own: true });
let dropped = 0;

beforeAll(async () => {
  await ship({ containerName: 'shop' }, (write) => {
    for (let at = 1; at <= ERRORS; at++) write('ERROR', `order ${at} failed`);
    write('FATAL', 'out of memory');
  });
  await ship({ containerName: 'calm' }, (write) => {
    write('INFO', 'started', Date.now() - 120_000);
    write('ERROR', 'once', Date.now() - 119_000);
    write('WARN', '3 log records of this process were dropped, says somebody else');
    const forged = { 'shipper.dropped': 3, dropped: { queue_full: 3 } };
    write('WARN', JSON.stringify({ logger: 'direct-logging', ...forged }));
  });
  dropped = await shipTooMuch({ containerName: 'shop' });
  await insertWithGap('shop');
  for (let at = 0; at < COLD_STARTS; at++) await startCold('shop');
  await startCold('calm');
  await server.forceFlush();
}, 120_000);

type Write = (level: 'INFO' | 'WARN' | 'ERROR' | 'FATAL', text: string, timeMs?: number) => void;

async function ship(options: TransportOptions, run: (write: Write) => void): Promise<void> {
  const transport = createTransport({ url: server.url, job: 'dashboards', ...options });
  run((level, text, timeMs) => {
    const error = level === 'ERROR' ? new TypeError('no stock') : undefined;
    transport.write({ level, text, error, timeMs });
  });
  expect(await transport.close({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
}

/** Records of a process whose queue is full before the server is there: it reports what it drops. */
async function shipTooMuch(options: TransportOptions): Promise<number> {
  const proxy = await startFaultProxy(server.url);
  await proxy.misbehave({ kind: 'refuse' });
  const transport = createTransport({
    ...{ url: proxy.url, job: 'dashboards', maxQueueBytes: 65_536, ...options },
  });
  for (let at = 0; at < 500; at++) transport.write({ text: `${at} ${'x'.repeat(1_000)}` });
  await proxy.misbehave({ kind: 'pass' });
  const deadline = Date.now() + 20_000;
  while (transport.stats.queued > 0 && Date.now() < deadline) await sleep(50);
  await transport.flush({ timeoutMs: 50_000 });
  await transport.close({ timeoutMs: 50_000 });
  await proxy.stop();
  return Object.values(transport.stats.dropped).reduce((sum, count) => sum + count, 0);
}

/** Two of five records are not there. They are older than a minute, as those are that are no longer in flight. */
async function insertWithGap(containerName: string): Promise<void> {
  const lines = [1, 2, 5].map((seq) =>
    JSON.stringify({
      _time: new Date(Date.now() - 120_000 + seq).toISOString(),
      ...{ _msg: 'm', level: 'INFO', container_name: containerName, job: 'dashboards' },
      ...{ stream: 'stdout', 'shipper.id': 'gap', 'shipper.seq': seq },
    }),
  );
  await insertLines(server.url, lines, 'container_name,job,stream');
}

async function startCold(containerName: string): Promise<void> {
  const transport = createTransport({ url: server.url, job: 'lambda', containerName });
  transport.setContextProvider(() => ({ cold_start: true }));
  transport.write({ text: 'START' });
  await transport.close({ timeoutMs: 50_000 });
}

const hasVmalert = await hasGo();
if (!hasVmalert) {
  sayMissing('The alert rules are not run: vmalert needs Go', 'Install Go (https://go.dev/dl).');
}

describe.skipIf(!hasVmalert)('vmalert', { timeout: BUILD_MS }, () => {
  let vmalert: string;
  beforeAll(async () => {
    const folder = await goProgram({
      name: `vmalert/${VMALERT}`,
      what: `vmalert ${VMALERT}`,
      program: `github.com/VictoriaMetrics/VictoriaMetrics/app/vmalert@${VMALERT}`,
      say: sayOnStderr,
    });
    vmalert = join(folder, 'vmalert');
  }, BUILD_MS);

  it('takes the rules, and would not take others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'direct-logging-rules-'));
    const bad = join(folder, 'bad.yml');
    await writeFile(
      bad,
      'groups: [{name: a, type: vlogs, rules: [{alert: b, expr: "a | stats"}]}]',
    );
    const check = (path: string) => tryCommand(vmalert, [`-rule=${path}`, '-dryRun']);
    expect((await check(RULES)).code).toBe(0);
    expect((await check(bad)).code).not.toBe(0);
    await rm(folder, { recursive: true });
  });

  it('fires each alert for the container in trouble, and none for the other', async () => {
    const port = await freePort();
    const child = spawn(
      vmalert,
      [
        ...[`-rule=${RULES}`, `-datasource.url=${server.url}`, '-notifier.blackhole'],
        ...['-evaluationInterval=1s', '-rule.evalDelay=0s', `-httpListenAddr=127.0.0.1:${port}`],
      ],
      { stdio: 'ignore' },
    );
    try {
      const alerts = await firing(`http://127.0.0.1:${port}/api/v1/alerts`, 5);
      expect(alerts).toEqual([
        'ManyColdStarts shop 21',
        `ManyErrors shop ${ERRORS + 1}`,
        'ProgramEndsInAnError shop 1',
        `RecordsDropped shop ${dropped}`,
        `RecordsMissing shop ${MISSING}`,
      ]);
    } finally {
      await killed(child);
    }
  });
});

interface Alert {
  readonly name: string;
  readonly state: string;
  readonly value: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Those that fire when there are so many, or when a quarter of a minute is over. */
async function firing(url: string, count: number): Promise<string[]> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined);
    const { data } = ((await answer?.json()) ?? { data: { alerts: [] } }) as {
      data: { alerts: Alert[] };
    };
    const alerts = data.alerts.filter(({ state }) => state === 'firing');
    if (alerts.length >= count || Date.now() > deadline) {
      return alerts
        .map(({ name, labels, value }) => `${name} ${labels.container_name} ${value}`)
        .sort();
    }
    await sleep(200);
  }
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

type Values = Readonly<Record<string, string>>;

/** What a panel shows, of the last hour. */
async function shown(title: string, container = '.*'): Promise<Values[]> {
  const panel = dashboard.panels.find((one) => one.title === title);
  const nowS = Date.now() / 1000;
  const range = { startS: nowS - 3600, endS: nowS + 60, step: '2h', container };
  const answer = await ask(server.url, panel, range);
  if (Array.isArray(answer)) return answer;
  return answer.data.result.map(({ metric: { __name__: _, ...labels }, value, values = [] }) => ({
    ...labels,
    value: String(value?.[1] ?? values.reduce((sum, [, count]) => sum + Number(count), 0)),
  }));
}

describe('the dashboard', () => {
  it.each<[title: string, rows: () => unknown[]]>([
    ['Errors', () => [{ value: String(ERRORS + 2) }]],
    ['Records dropped', () => [{ value: String(dropped) }]],
    ['Records missing', () => [{ value: String(MISSING) }]],
    ['Cold starts', () => [{ value: String(COLD_STARTS + 1) }]],
    [
      'Errors by container',
      () => [
        { container_name: 'shop', value: String(ERRORS + 1) },
        { container_name: 'calm', value: '1' },
      ],
    ],
    [
      'Cold starts by function',
      () => [
        { container_name: 'shop', value: String(COLD_STARTS) },
        { container_name: 'calm', value: '1' },
      ],
    ],
    [
      'Processes that miss records',
      () => [{ container_name: 'shop', 'shipper.id': 'gap', missing: '2' }],
    ],
  ])('shows under %s what there is', async (title, rows) => {
    const expected = rows();
    const got = await shown(title);
    expect(got).toHaveLength(expected.length);
    for (const row of expected) expect(got).toContainEqual(expect.objectContaining(row));
  });

  it('shows levels, errors and what is said about losses', async () => {
    const levels = await shown('Records by level');
    expect(levels).toContainEqual({ level: 'ERROR', value: String(ERRORS + 1) });
    expect(levels).toContainEqual({ level: 'FATAL', value: '1' });
    expect(await shown('Errors in full')).toHaveLength(ERRORS + 2);
    expect((await shown('Most frequent errors')).length).toBeGreaterThan(0);
    const [report] = await shown('What direct-logging itself says');
    expect(report?._msg).toMatch(/log records of this process were dropped$/);
  });

  it.each(dashboard.panels.filter(({ type }) => type === 'table'))(
    'makes columns of what the data source answers: $title',
    async ({ title, transformations = [] }) => {
      const [row = {}] = await shown(title);
      const columns = Object.keys(row);
      expect(columns).not.toHaveLength(0);
      const [extract, convert, organize] = transformations;
      // The data source puts all fields of a row but `_time` and `_msg` into one, `labels`.
      expect(extract).toMatchObject({ id: 'extractFields', options: { source: 'labels' } });
      expect(Object.keys(organize?.options.indexByName ?? {}).sort()).toEqual(columns.sort());
      for (const { targetField, destinationType } of convert?.options.conversions ?? []) {
        const value = row[targetField] ?? '';
        expect(destinationType === 'time' ? Date.parse(value) : Number(value)).not.toBeNaN();
      }
    },
  );

  it('shows one container when it is chosen, and nothing where there is none', async () => {
    expect(await shown('Errors', 'calm')).toEqual([{ value: '1' }]);
    expect(await shown('Records dropped', 'calm')).toEqual([]);
    expect(await shown('Records missing', 'calm')).toEqual([]);
    expect(await shown('Errors in full', 'cal')).toEqual([]);
  });

  it('has no panel that these tests leave out', () => {
    expect(dashboard.panels).toHaveLength(11);
  });

  it("fits Grafana's schema", async () => {
    const nodeModules = await pinnedPackages({ name: 'grafana', what: "Grafana's schema" });
    const folder = await mkdtemp(join(tmpdir(), 'direct-logging-dashboard-'));
    await symlink(nodeModules, join(folder, 'node_modules'));
    const check = async (given: object) => {
      const literal = JSON.stringify(given).replaceAll('"absolute"', 'ThresholdsMode.Absolute');
      const text = `import { type Dashboard, ThresholdsMode } from '@grafana/schema';
        export const dashboard: Dashboard = ${literal};`;
      await writeFile(join(folder, 'dashboard.mts'), text);
      const options = ['--noEmit', '--skipLibCheck', '--strict', '--target', 'es2022'];
      const resolution = ['--module', 'preserve', '--moduleResolution', 'bundler', '--types', ''];
      return tryCommand(process.execPath, [TSC, ...options, ...resolution, 'dashboard.mts'], {
        cwd: folder,
      });
    };
    expect(await check(dashboard)).toMatchObject({ code: 0, stdout: '' });
    const [first, ...others] = dashboard.panels;
    const bad = { ...dashboard, panels: [{ ...first, gridPos: { x: 'left' } }, ...others] };
    expect((await check(bad)).code).not.toBe(0);
    await rm(folder, { recursive: true });
  });
});
