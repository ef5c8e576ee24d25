/** With VICTORIALOGS_REDACT a secret is printed as ever, and is in no record, however it was logged and got there. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { forTests, testFolder, testProject, testServer } from '../environment/for-tests.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import { LOGGERS } from '../environment/scratch-project.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';

const SECRET = 's3cr3t-4711';
const CARD = '4111111111111111';
const RULES = 'password,headers.authorization,/\\b\\d{16}\\b/';
/** Calls in the program that make a record each, at least; what nobody catches makes one more. */
const RECORDS = 23;

const server = testServer();
const proxy = forTests(() => startFaultProxy(server.url));
const project = testProject({
  dependencies: LOGGERS,
  files: { 'secrets.cjs': fileURLToPath(new URL('fixtures/secrets.cjs', import.meta.url)) },
});
const folder = testFolder('redaction');

interface Run extends ProgramRun {
  readonly name: string;
  /** Where the program writes its files. */
  readonly files: string;
}

async function run(env: Record<string, string>): Promise<Run> {
  const name = `redaction-${randomUUID()}`;
  const files = join(folder, name);
  await mkdir(files);
  const ran = await runProgram({
    cwd: project.folder,
    args: ['--import', 'direct-logging', 'secrets.cjs'],
    env: {
      ...{ SECRET, CARD, FOLDER: files, VICTORIALOGS_CONTAINER_NAME: name },
      ...{ VICTORIALOGS_URL: proxy.url, ...env },
    },
  });
  return { ...ran, name, files };
}

async function recordsOf({ name }: Run): Promise<string[]> {
  const query = `container_name:="${name}" | sort by (_time)`;
  const rows = await server.queryWhen(query, RECORDS);
  return rows.map((row) => JSON.stringify(row));
}

async function textIn(path: string): Promise<string> {
  const names = await readdir(path);
  const texts = await Promise.all(names.map((name) => readFile(join(path, name), 'latin1')));
  return texts.join('');
}

function expectPrinted({ stdout, stderr }: ProgramRun): void {
  for (const output of [stdout, stderr]) {
    expect(output).toContain(SECRET);
    expect(output).toContain(CARD);
    expect(output).not.toContain('***');
  }
}

function expectRedacted(records: readonly string[]): void {
  expect(records.length).toBeGreaterThanOrEqual(RECORDS);
  for (const secret of [SECRET, CARD]) {
    expect(records.filter((record) => record.includes(secret))).toEqual([]);
  }
  expect(records.filter((record) => record.includes('***')).length).toBeGreaterThan(20);
}

describe('a redacted secret', () => {
  it('is in no record, and is printed and written to files as ever', async () => {
    const bare = await run({});
    expect((await recordsOf(bare)).filter((record) => record.includes(SECRET))).not.toEqual([]);
    const redacted = await run({ VICTORIALOGS_REDACT: RULES });
    expectPrinted(redacted);
    const files = await textIn(redacted.files);
    expect(files).toContain(SECRET);
    expect(files).not.toContain('***');
    expectRedacted(await recordsOf(redacted));
    expect(redacted.code).toBe(bare.code);
  });

  it('is in no file of the spool, and in no record that comes from there', async () => {
    const spool = join(folder, 'spool');
    const env = { VICTORIALOGS_REDACT: RULES, VICTORIALOGS_SPOOL_DIR: spool };
    await proxy.misbehave({ kind: 'refuse' });
    const killed = await run({ ...env, TERMINATION: 'SIGKILL' });
    await proxy.misbehave({ kind: 'pass' });
    expect(killed.signal).toBe('SIGKILL');
    const spooled = await textIn(spool);
    expect(spooled).toContain('last line');
    expect(spooled).not.toContain(SECRET);
    expect(spooled).not.toContain(CARD);
    await run(env);
    expectRedacted(await recordsOf(killed));
  });

  it('is shipped by nobody when a rule cannot be used', async () => {
    const redacted = await run({ VICTORIALOGS_REDACT: 'password,/card=(/' });
    expectPrinted(redacted);
    expect(redacted.stderr).toMatch(
      /\[DL_INVALID_SETTING\] .*VICTORIALOGS_REDACT: .*missing closing \).*; nothing is shipped/,
    );
    await server.forceFlush();
    expect(await server.count(`container_name:="${redacted.name}"`)).toBe(0);
  });
});
