/** The `direct-logging` command against a real server: made-up rows for the audit, a real spool for the drain. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../packages/cli/src/audit.ts';
import { runProgram } from '../environment/run-program.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let server: VictoriaLogs;

beforeAll(async () => {
  server = await startVictoriaLogs();
});
afterAll(() => server?.stop());

/** Stores rows of a process: its numbers, written a millisecond apart, the first so long ago. */
async function store(id: string, numbers: readonly number[], agoMs = 5 * MINUTE_MS, fields = {}) {
  const began = Date.now() - agoMs;
  const lines = numbers.map((number, at) =>
    JSON.stringify({
      _time: new Date(began + at).toISOString(),
      _msg: `line ${number}`,
      container_name: `c-${id}`,
      'shipper.id': id,
      'shipper.seq': number,
      ...fields,
    }),
  );
  await insert(lines);
}

async function insert(lines: readonly string[]) {
  const response = await fetch(`${server.url}/insert/jsonline?_stream_fields=container_name`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/stream+json' },
    body: `${lines.join('\n')}\n`,
  });
  expect(response.status).toBe(200);
  await server.forceFlush();
}

function fromTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** The verdict on one process. */
async function verdictOn(id: string, filter = '*') {
  const query = `container_name:="c-${id}" ${filter}`;
  const report = await audit({ url: server.url, headers: {} }, { query, settleMs: 0 });
  expect(report.processes).toHaveLength(1);
  return report.processes[0];
}

const newId = (): string => randomUUID().slice(0, 13);

describe('the audit', () => {
  it('finds nothing wrong with a process that is complete', async () => {
    const id = newId();
    await store(id, fromTo(1, 1000));
    expect(await verdictOn(id)).toMatchObject({
      id,
      containerName: `c-${id}`,
      beganEarlier: false,
      written: 1000,
      present: 1000,
      missing: 0,
      missingRanges: [],
      duplicates: 0,
    });
  });

  it('names the numbers that are missing, also at the beginning', async () => {
    const id = newId();
    await store(id, [...fromTo(4, 99), ...fromTo(120, 499), ...fromTo(501, 1000)]);
    expect(await verdictOn(id)).toMatchObject({
      written: 1000,
      present: 976,
      missing: 24,
      missingRanges: [
        { first: 1, last: 3 },
        { first: 100, last: 119 },
        { first: 500, last: 500 },
      ],
    });
  });

  it('names numbers of eight digits', async () => {
    const id = newId();
    await store(id, [20_999_999, 21_000_001], 2 * HOUR_MS);
    await store(id, [21_000_002, 21_000_005, 99_999_999, 100_000_001]);
    expect(await verdictOn(id)).toMatchObject({
      beganEarlier: true,
      missingRanges: [
        { first: 21_000_003, last: 21_000_004 },
        { first: 21_000_006, last: 99_999_998 },
        { first: 100_000_000, last: 100_000_000 },
      ],
    });
  });

  it('counts what is stored twice and takes nothing for missing because of it', async () => {
    const id = newId();
    await store(id, [...fromTo(1, 100), ...fromTo(91, 100), 100]);
    expect(await verdictOn(id)).toMatchObject({ written: 100, missing: 0, duplicates: 11 });
  });

  it('gives a query that leaves duplicates out and keeps whole records, in order', async () => {
    const id = newId();
    const own = { container_name: `c-${id}`, _time: new Date().toISOString() };
    await insert([JSON.stringify({ ...own, _msg: 'of somebody else, without numbers' })]);
    const fields = { level: 'ERROR', 'req.url': '/a?b="c"', big: '12345678901234567890' };
    await store(id, fromTo(1, 20), 5 * MINUTE_MS, fields);
    const filter = `container_name:="c-${id}"`;
    const stored = await server.query(`${filter} "shipper.id":* | sort by (_time)`);
    const copies = stored.slice(8).map(({ _stream, _stream_id, ...row }) => JSON.stringify(row));
    await insert([...copies, ...copies]);

    const query = `${filter} # all of it`;
    const report = await audit({ url: server.url, headers: {} }, { query, settleMs: 0 });
    expect(report).toMatchObject({ written: 20, missing: 0, duplicates: 24 });
    expect(await server.query(report.queryWithoutDuplicates)).toEqual(stored);
    expect(stored[0]).toMatchObject({ _msg: 'line 1', _stream: `{container_name="c-${id}"}` });
    const errors = `${report.queryWithoutDuplicates} | filter level:=ERROR | stats count() n`;
    expect(await server.query(errors)).toEqual([{ n: '20' }]);
    // The web interface draws a chart of the same query.
    const chart = new URLSearchParams({ query: report.queryWithoutDuplicates, step: '1h' });
    const hits = await fetch(`${server.url}/select/logsql/hits?${chart}`);
    expect(await hits.json()).toMatchObject({ hits: [{ total: 44 }] });
  });

  it('does not see what was lost at the end', async () => {
    const id = newId();
    await store(id, fromTo(1, 90));
    expect(await verdictOn(id)).toMatchObject({ written: 90, missing: 0 });
  });

  it('takes nothing for missing that a process wrote before the window', async () => {
    const id = newId();
    await store(id, fromTo(1, 50), 2 * HOUR_MS);
    await store(id, fromTo(51, 80));
    expect(await verdictOn(id)).toMatchObject({ beganEarlier: true, written: 30, missing: 0 });
  });

  it('finds lines that carry a time of their own outside the window', async () => {
    const id = newId();
    await store(id, [...fromTo(1, 4), ...fromTo(6, 20)]);
    await store(id, [5], 26 * HOUR_MS);
    expect(await verdictOn(id)).toMatchObject({ written: 20, present: 20, missing: 0 });
  });

  it('looks at all lines of a process of which one is asked for', async () => {
    const id = newId();
    await store(id, fromTo(1, 9));
    await store(id, [10], MINUTE_MS, { level: 'ERROR' });
    expect(await verdictOn(id, 'level:=ERROR')).toMatchObject({ written: 10, missing: 0 });
  });

  it('repeats what the process reported as dropped', async () => {
    const id = newId();
    await store(id, [1, 2, 6]);
    const dropped = { queue_full: 2, too_large: 1 };
    await store(id, [7], MINUTE_MS, { level: 'WARN', logger: 'direct-logging', dropped });
    expect(await verdictOn(id)).toMatchObject({ missing: 3, reportedDropped: 3 });
  });

  it('looks again when the lines may be in flight', async () => {
    const id = newId();
    await store(id, [1, 3], 0);
    const report = await audit(
      { url: server.url, headers: {} },
      {
        query: `container_name:="c-${id}"`,
        settleMs: 2500,
        say: () => void store(id, [2], 0),
      },
    );
    expect(report).toMatchObject({ written: 3, present: 3, missing: 0 });
  });

  it('says what is wrong with a filter', async () => {
    const asked = audit({ url: server.url, headers: {} }, { query: 'a | b' });
    await expect(asked).rejects.toThrow(
      /answers 400: cannot parse the query: missing '\)'; got "\|"/,
    );
  });
});

describe('direct-logging, installed', () => {
  const LINES = 500;
  let project: ScratchProject;

  beforeAll(async () => {
    project = await scratchProject();
  });
  afterAll(() => project?.remove());

  function command(...args: string[]) {
    return commandFor(server.url, ...args);
  }

  function commandFor(url: string, ...args: string[]) {
    return runProgram({
      cwd: project.folder,
      args: ['node_modules/.bin/direct-logging', ...args],
      env: { VICTORIALOGS_URL: url },
    });
  }

  it('drains what a killed process could not deliver, and proves it', async () => {
    const name = `spooled-${newId()}`;
    const spool = join(project.folder, 'spool');
    await mkdir(spool);
    await writeFile(
      join(project.folder, 'killed.mjs'),
      `for (let i = 1; i <= ${LINES}; i++) console.log('line', i);\nprocess.kill(process.pid, 'SIGKILL');\n`,
    );
    const proxy = await startFaultProxy(server.url);
    await proxy.misbehave({ kind: 'refuse' });
    const killed = await runProgram({
      cwd: project.folder,
      args: ['--import', 'direct-logging', 'killed.mjs'],
      env: {
        VICTORIALOGS_URL: proxy.url,
        VICTORIALOGS_SPOOL_DIR: spool,
        VICTORIALOGS_CONTAINER_NAME: name,
      },
    });
    expect(killed.signal).toBe('SIGKILL');

    await proxy.misbehave({ kind: 'pass' });
    const elsewhere = await command('drain', '--dir', spool);
    expect(elsewhere.stdout).toMatch(/^0 files: .*\n\d file.* for another server or tenant/);
    const drained = await commandFor(proxy.url, 'drain', '--dir', spool);
    await proxy.stop();
    expect(drained).toMatchObject({ code: 0, stderr: '' });
    expect(drained.stdout).toMatch(new RegExp(`: ${LINES} lines delivered, 0 truncated, 0 left`));
    expect(await readdir(spool)).toEqual([]);

    const rows = await server.queryWhen(`container_name:="${name}" | sort by (_time)`, LINES);
    expect(rows.map(({ _msg }) => _msg)).toEqual(
      fromTo(1, LINES).map((number) => `line ${number}`),
    );
    const audited = await command('audit', '--query', `container_name:="${name}"`);
    expect(audited).toMatchObject({ code: 0, stderr: '' });
    expect(audited.stdout).toContain(
      `1 process: ${LINES} written, ${LINES} present, 0 missing, 0 duplicates`,
    );
  });

  it('ends with status 1 when lines are missing', async () => {
    const id = newId();
    await store(id, [1, 2, 4]);
    const { code, stdout } = await command(
      'audit',
      '--json',
      '--query',
      `container_name:="c-${id}"`,
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      missing: 1,
      processes: [{ id, missingRanges: [{ first: 3, last: 3 }] }],
    });
  });

  it('ends with status 1 when something is left in the spool', async () => {
    const spool = join(project.folder, 'unreachable');
    await mkdir(spool);
    const env = { VICTORIALOGS_URL: 'http://127.0.0.1:1', VICTORIALOGS_SPOOL_DIR: spool };
    const args = ['--import', 'direct-logging', 'killed.mjs'];
    await runProgram({ cwd: project.folder, args, env });
    const { code, stdout } = await runProgram({
      cwd: project.folder,
      args: ['node_modules/.bin/direct-logging', 'drain', '--timeout', '300ms'],
      env,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/ left\.\nWhat is left stays in the directory/);
    expect(await readdir(spool)).not.toEqual([]);
  });

  it('ends with status 2 when there is nothing to audit', async () => {
    const { code, stderr } = await command('audit', '--query', `container_name:="${newId()}"`);
    expect(code).toBe(2);
    expect(stderr).toContain('there is nothing to audit');
  });
});
