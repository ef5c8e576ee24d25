/** Programs on platforms that this machine is not: every line is stored, and nobody notices us. Matrix only. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { LOGGERS, type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { type Cell, runTermination } from '../kill-matrix/run-termination.ts';
import { ALL_LINES, LINES, type StoredLines, storedLines } from '../kill-matrix/stored-lines.ts';
import { TERMINATIONS } from '../kill-matrix/terminations.ts';
import {
  type OwnTls,
  ownTlsOptions,
  startTlsProxy,
  type TlsProxy,
} from '../kill-matrix/tls-proxy.ts';
import { WAYS, type Way } from '../kill-matrix/ways.ts';
import { SCENARIOS } from '../outages/scenarios.ts';
import { survive } from '../outages/survive.ts';
import { foreignNode, PLATFORMS, type Platform } from './foreign-nodes.ts';
import { keepCases, type MeasuredCase } from './measured.ts';

/** Every way in which a process itself ends: TLS is made of what each platform brings along. */
const HTTPS_TERMINATIONS = [
  ...['natural', 'exit', 'exit-in-promise', 'uncaught-exception', 'unhandled-rejection'],
  ...['sigterm', 'sigint', 'abort', 'sigkill', 'heap-exhausted', 'blocked-loop'],
];

/** The cells of the kill matrix that are tried on every platform. */
const TRIED = [
  {
    way: 'import',
    writers: ['console', 'pino', 'winston'],
    terminations: ['natural', 'exit', 'sigterm', 'sigkill', 'heap-exhausted'],
  },
  {
    way: 'code',
    writers: ['core'],
    terminations: ['natural', 'exit', 'sigterm', 'sigkill', 'heap-exhausted'],
  },
  { way: 'https', writers: ['console', 'pino', 'winston'], terminations: HTTPS_TERMINATIONS },
  { way: 'code-https', writers: ['core'], terminations: HTTPS_TERMINATIONS },
  { way: 'own-https', writers: ['console'], terminations: ['natural', 'sigkill'] },
  // Each libc looks names up in its own way.
  { way: 'require-by-name', writers: ['console'], terminations: ['natural', 'exit'] },
];
const OUTAGE = 'connections refused for 5 s';
const SCALE = 0.25;
/** An emulator takes seconds for a start, and on a busy machine half a minute. */
const PROGRAM_TIMEOUT_MS = 120_000;
const TIMEOUT_MS = 180_000;

const FIXTURES = fileURLToPath(new URL('../kill-matrix/fixtures/', import.meta.url));
const whole = isFullRun();
const nodes = await Promise.all(
  (whole ? PLATFORMS : []).map(async (platform) => ({
    platform,
    node: await foreignNode(platform),
  })),
);

let server: VictoriaLogs;
let proxy: TlsProxy;
let ownTls: OwnTls;
let project: ScratchProject;
const results: MeasuredCase[] = [];

beforeAll(async () => {
  if (!whole) return;
  ownTls = await ownTlsOptions();
  server = await startVictoriaLogs({ prefer: 'process', args: ownTls.args });
  proxy = await startTlsProxy(server.url);
  const files = Object.fromEntries(readdirSync(FIXTURES).map((name) => [name, FIXTURES + name]));
  project = await scratchProject({ files, dependencies: LOGGERS });
}, TIMEOUT_MS);

afterAll(async () => {
  const cells = nodes.reduce((sum, { platform }) => sum + cellsOn(platform).length + 1, 0);
  if (whole && results.length === cells) keepCases(results);
  await project?.remove();
  await proxy?.stop();
  await server?.stop();
  await ownTls?.remove();
});

it.each(PLATFORMS)('name terminations and writers of the kill matrix: $title', (platform) => {
  const named = TRIED.map(({ terminations, writers }) => terminations.length * writers.length);
  const cells = cellsOn(platform);
  expect(cells).toHaveLength(named.reduce((sum, one) => sum + one));
  for (const { way, writer } of cells) expect(way.writers).toContain(writer);
});

for (const { platform, node } of nodes) {
  describe.skipIf(node === undefined)(platform.title, { timeout: TIMEOUT_MS }, () => {
    for (const cell of cellsOn(platform)) {
      const { way, writer, termination } = cell;
      const name = `${termination.title}, ${writer}, ${way.title}`;
      const reason = platform.limits?.[termination.name];
      if (reason === undefined) {
        it(`keeps every line: ${name}`, async () => {
          expect(await storedOf(cell, platform, node ?? '')).toEqual(ALL_LINES);
        });
      } else {
        it(`is not noticed, and loses what it must: ${name}`, async () => {
          const stored = await storedOf(cell, platform, node ?? '');
          const { present } = stored;
          // How many there are depends on the moment of the end. Each is there once, and in order.
          expect({ ...stored, present: LINES }).toEqual(ALL_LINES);
          sayOnStderr(`${platform.title}, ${name}: ${present} of ${LINES} lines, since ${reason}`);
        });
      }
    }

    it(`keeps every line: ${OUTAGE}`, async () => {
      const scenario = SCENARIOS.find(({ name }) => name === OUTAGE);
      if (scenario === undefined) throw new Error(`There is no outage "${OUTAGE}".`);
      const writer = { name: 'console', withPreload: true };
      const { lines, counts } = await survive({ scenario, writer, scale: SCALE, node }, server);
      const termination = `${OUTAGE}, at ${SCALE} of the time`;
      const names = { platform: platform.title, way: wayNamed('import').title, termination };
      results.push({ ...names, writer: writer.name, lines, present: lines - counts.missing });
    });
  });
}

function cellsOn({ major }: Platform): Cell[] {
  return TRIED.flatMap(({ way, writers, terminations }) =>
    TERMINATIONS.filter(({ name }) => terminations.includes(name)).flatMap((termination) =>
      writers.map((writer) => ({
        way: wayNamed(way),
        writer,
        termination,
        major,
        output: 'files' as const,
      })),
    ),
  );
}

function wayNamed(wanted: string): Way {
  const way = WAYS.find(({ name }) => name === wanted);
  if (way === undefined) throw new Error(`There is no way "${wanted}".`);
  return way;
}

/** What the server has of it in the end; fails where the program was not as without direct-logging. */
async function storedOf(cell: Cell, platform: Platform, node: string): Promise<StoredLines> {
  const { way, writer, termination } = cell;
  // An emulator takes seconds for a TLS handshake, and for the thread that sends at the exit.
  const env = { ...environmentOf(way), VICTORIALOGS_EXIT_TIMEOUT_MS: '10000' };
  const run = await runTermination(cell, {
    server,
    folder: project.folder,
    node,
    env,
    timeoutMs: PROGRAM_TIMEOUT_MS,
  });
  const stored = storedLines(run.rows);
  const names = {
    platform: platform.title,
    way: way.title,
    writer,
    termination: termination.title,
  };
  results.push({ ...names, lines: LINES, present: stored.present });
  expect(run.withUs).toEqual(run.bare);
  return stored;
}

function environmentOf(way: Way): Record<string, string> {
  const { port } = new URL(server.url);
  switch (way.server) {
    case 'address':
      return { VICTORIALOGS_URL: server.url };
    case 'name':
      return { VICTORIALOGS_URL: `http://localhost:${port}` };
    case 'https':
      return { VICTORIALOGS_URL: proxy.url, NODE_EXTRA_CA_CERTS: proxy.certificate };
    case 'own https':
      return { VICTORIALOGS_URL: ownTls.url, NODE_EXTRA_CA_CERTS: ownTls.certificate };
    default:
      throw new Error(`No platform is tried with ${way.server}.`);
  }
}
