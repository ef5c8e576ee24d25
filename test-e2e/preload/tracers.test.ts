/** A tracer that is loaded before us records what the program connects to, and none of our connections. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { forTests, testServer } from '../environment/for-tests.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import { makeAuthority, startTlsFront } from '../https/tls-front.ts';

const [TRACER, PROGRAM] = ['tracer.cjs', 'connects.cjs'].map((name) =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)),
) as [string, string];

const server = testServer({ own: true });
const authority = forTests(makeAuthority);
let tools: string;

beforeAll(async () => {
  tools = await pinnedPackages({ name: 'observability', what: 'OpenTelemetry, dd-trace, Sentry' });
});

it.each(['--import', '--require'])('OpenTelemetry and %s', async (flag) => {
  const { port } = new URL(server.url);
  await showsOnlyTheirs(flag, `http://localhost:${port}`, 'dns.lookup tcp.connect');
});

it('OpenTelemetry, over https', async () => {
  const front = await startTlsFront(server.url, await authority.sign('server'));
  try {
    await showsOnlyTheirs('--import', front.url, 'tcp.connect');
  } finally {
    await front.stop();
  }
});

async function showsOnlyTheirs(flag: string, url: string, spans: string): Promise<void> {
  const tag = randomUUID();
  const bare = await run([], url, tag);
  expect(bare).toMatchObject({ code: 0, stderr: '' });
  expect(bare.stdout).toContain(`spans: ${spans}\n`);
  const shipped = await run([flag, '@direct-logging/auto'], url, tag);
  expect(shipped).toMatchObject({ code: 0, stdout: bare.stdout, stderr: '' });
  await server.forceFlush();
  const rows = await server.query(`"${tag}" | sort by (_time) | fields _msg`);
  expect(rows.map(({ _msg }) => _msg)).toEqual([`one ${tag}`, `two ${tag}`]);
}

function run(flags: readonly string[], url: string, tag: string): Promise<ProgramRun> {
  return runProgram({
    args: ['--require', TRACER, ...flags, PROGRAM],
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: {
      ...{ NODE_PATH: tools, NODE_EXTRA_CA_CERTS: authority.certificate },
      ...{ OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
      ...{ VICTORIALOGS_URL: url, TAG: tag },
    },
  });
}
