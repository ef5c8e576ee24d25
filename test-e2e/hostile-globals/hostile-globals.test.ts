/** A program that replaces what Node has, as tests do, prints and ends as without direct-logging, and each line is stored once. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { outcomeOf, type ProgramRun, runProgram } from '../environment/run-program.ts';
import { makeAuthority, startTlsFront } from '../https/tls-front.ts';

const { replacements } = (await import(
  new URL('fixtures/replacements.mjs', import.meta.url).href
)) as { readonly replacements: Readonly<Record<string, unknown>> };
const PROGRAM = fileURLToPath(new URL('fixtures/prints.mjs', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PRELOAD = ['--import', '@direct-logging/auto'];
/** What these tools need themselves. */
const OLDEST: Readonly<Record<string, number>> = { 'nock 15': 22, 'msw 3': 22 };

const server = testServer({ own: true });
let tools: string;
/** How many tests run, and what lets those go on whose program waits for the restart. */
let running = 0;
const waiting: Array<() => void> = [];
const nodes = await findNodes(testedMajors());

beforeAll(async () => {
  tools = await pinnedPackages({ name: 'hostile-globals', what: 'tools that replace globals' });
});

describe.each(nodes.filter(({ node }) => node !== undefined))('Node $major', ({ major, node }) => {
  const ways = Object.keys(replacements).filter((way) => major >= (OLDEST[way] ?? 0));

  it.concurrent.each(ways)(
    '%s',
    { timeout: 120_000 },
    counted(async (way) => {
      const tag = randomUUID().replaceAll('-', '');
      const [bare, shipped] = await Promise.all([
        run(way, { node, flags: [], tag }),
        run(way, { node, flags: PRELOAD, tag }),
      ]);
      expect(comparable(shipped)).toEqual(comparable(bare));
      expect(shipped.code).toBe(0);
      await server.forceFlush();
      const rows = await server.query(`${tag} | fields _msg, _time`);
      const stored = rows.map(({ _msg }) => String(_msg)).sort();
      expect(stored).toEqual(printedBy(shipped, tag));
      const years = new Set(rows.map(({ _time }) => String(_time).slice(0, 4)));
      expect([...years]).toEqual([String(new Date().getUTCFullYear())]);
    }),
  );
});

it.each(['net.Socket.prototype.read that throws', 'methods of TLS sockets that throw'])(
  'over https: %s',
  counted(async (way) => {
    const authority = await makeAuthority();
    const front = await startTlsFront(server.url, await authority.sign('server'));
    const tag = randomUUID().replaceAll('-', '');
    try {
      const env = { VICTORIALOGS_URL: front.url, NODE_EXTRA_CA_CERTS: authority.certificate };
      const shipped = await run(way, { node: undefined, flags: PRELOAD, tag, env });
      expect(shipped).toMatchObject({ code: 0, stderr: `error ${tag}\n` });
      await server.forceFlush();
      const rows = await server.query(`${tag} | fields _msg`);
      expect(rows.map(({ _msg }) => String(_msg)).sort()).toEqual(printedBy(shipped, tag));
    } finally {
      await front.stop();
      authority.remove();
    }
  }),
);

function counted(test: (way: string) => Promise<void>): (way: string) => Promise<void> {
  return async (way) => {
    running++;
    try {
      await test(way);
    } finally {
      running--;
      void restartIfAllWait();
    }
  };
}

interface Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly node: string | undefined;
  readonly flags: readonly string[];
  readonly tag: string;
}

/** The server restarts in between, so that all connections have to be replaced. */
async function run(way: string, { node, flags, tag, env }: Run): Promise<ProgramRun> {
  const folder = mkdtempSync(join(tmpdir(), 'direct-logging-hostile-'));
  const report = join(folder, 'report');
  try {
    const ended = runProgram({
      node,
      cwd: ROOT,
      args: [...flags, PROGRAM],
      // Some of them take the files away, and with them a standard stream that is one.
      output: 'pipes',
      env: {
        VICTORIALOGS_URL: server.url,
        WAY: way,
        TOOLS: tools,
        REPORT: report,
        TAG: tag,
        ...env,
      },
    });
    const early = ended.then((end) => {
      if (!existsSync(report)) throw new Error(`ended early: ${JSON.stringify(end)}`);
    });
    await Promise.race([early, vi.waitFor(() => expect(existsSync(report)).toBe(true), 40_000)]);
    if (flags.length > 0) await restart();
    writeFileSync(`${report}.go`, '');
    return await ended;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Restarts it once for all, when every test that runs has come to this. */
async function restart(): Promise<void> {
  const restarted = new Promise<void>((resolve) => waiting.push(resolve));
  await restartIfAllWait();
  await restarted;
}

async function restartIfAllWait(): Promise<void> {
  if (waiting.length < running || running === 0) return;
  const all = waiting.splice(0);
  await server.stop({ keepData: true });
  await server.restart();
  for (const goOn of all) goOn();
}

function comparable(run: ProgramRun): object {
  // A tool can make Node warn.
  return { ...outcomeOf(run), stderr: run.stderr.replaceAll(/\(node:\d+\)/g, '(node)') };
}

function printedBy({ stdout, stderr }: ProgramRun, tag: string): string[] {
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line.includes(tag))
    .map((line) => (line.startsWith('{') ? `json ${tag}` : line))
    .sort();
}
