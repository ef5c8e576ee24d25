/** The layer that `npm run layer` packs, laid out as in a managed runtime: /opt, /var/runtime and /var/task of a folder. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { layOut, packLayer, zipOf } from '../../apps/lambda-layer/layer.ts';
import { testFolder, testProject, testServer } from '../environment/for-tests.ts';
import { functionProcess, startFunction } from '../environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { startRuntimeApi } from '../environment/runtime-api.ts';
import { startTlsProxy } from '../kill-matrix/tls-proxy.ts';
import { EXAMPLE_PACKAGES, eventFor, FUNCTION_FILES, FUNCTIONS } from './example-functions.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = ['apps/lambda-layer/README.md', 'docs/lambda.md', 'packages/auto/README.md'];
/** The pages say 0.7 MB. */
const LARGEST_ZIP_BYTES = 730_000;
const MAX_FLUSH_MS = 20_000;

const server = testServer();
let runtime: LambdaRuntime;
const task = testProject({
  withOurs: false,
  files: FUNCTION_FILES,
  dependencies: EXAMPLE_PACKAGES,
});
const root = testFolder('layer');
let zip: Uint8Array;
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const installed = await ensureLambdaRuntime();
  zip = zipOf(await packLayer());
  const unzipped = Object.entries(unzipSync(zip));
  await layOut(new Map(unzipped.map(([path, bytes]) => [path, Buffer.from(bytes)])), `${root}/opt`);
  runtime = await asManaged(installed, `${root}/var/runtime`);
});

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

for (const { handler, ...example } of FUNCTIONS) {
  it(`has every line of the ${example.shows} example stored when it asks for its next invocation`, async () => {
    const { name, requestId } = await runOnce({
      handler,
      event: eventFor({ handler, ...example }),
    });
    expect(await storedNow(name)).toEqual([
      ...example.atStart.map(([level, message]) => ({ level, message })),
      ...example.messages.map(([level, message]) => ({ level, message, requestId })),
    ]);
  });
}

it('can be loaded with --import as well', async () => {
  const preload = `--import ${root}/opt/nodejs/node_modules/@direct-logging/auto/dist/import.js`;
  const { name } = await runOnce({ handler: 'slow.handler', event: { suppliers: 0 }, preload });
  expect(await storedNow(name)).toMatchObject([{ message: 'All suppliers have answered' }]);
});

it('has what https needs', async () => {
  const proxy = await startTlsProxy(server.url);
  undo.push(() => proxy.stop());
  const { name } = await runOnce({
    handler: 'slow.handler',
    event: { suppliers: 0 },
    env: {
      VICTORIALOGS_URL: proxy.url,
      NODE_EXTRA_CA_CERTS: proxy.certificate,
    },
  });
  expect(await storedNow(name)).toMatchObject([{ message: 'All suppliers have answered' }]);
});

it.each(PAGES)('has what %s loads', (page) => {
  const paths = [...readFileSync(ROOT + page, 'utf8').matchAll(/\/opt\/(nodejs\/[\w@/-]+\.c?js)/g)];
  expect(paths).not.toEqual([]);
  for (const [, path] of paths) expect(Object.keys(unzipSync(zip))).toContain(path);
});

it('is about 0.7 megabytes', () => {
  expect(zip.length).toBeLessThan(LARGEST_ZIP_BYTES);
});

interface Run {
  readonly handler: string;
  readonly event: object;
  readonly preload?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Invokes a function of its own name and waits until it asks for the next invocation. */
async function runOnce({ handler, event, preload, env }: Run) {
  const name = `lambda-hello-${randomUUID().slice(0, 8)}`;
  const requestId = randomUUID();
  const api = await startRuntimeApi();
  undo.push(() => api.stop());
  const modules = `${root}/opt/nodejs/node_modules`;
  const program = functionProcess({
    runtime,
    folder: task.folder,
    handler,
    nodeOptions: preload ?? `--require ${modules}/@direct-logging/auto/dist/index.cjs`,
    env: {
      NODE_PATH: modules,
      VICTORIALOGS_URL: server.url,
      // What is not stored when the wait is over is missing, however slow the machine.
      VICTORIALOGS_FLUSH_TIMEOUT_MS: String(MAX_FLUSH_MS),
      AWS_LAMBDA_FUNCTION_NAME: name,
      ...env,
    },
  });
  const running = await startFunction(program, api);
  undo.push(running.stop);
  await api.invoke(event, { requestId, timeoutMs: 3 * MAX_FLUSH_MS });
  await api.untilIdle();
  return { name, requestId };
}

async function storedNow(name: string) {
  const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, 0);
  return rows.map(({ level, _msg, aws_request_id }) => ({
    level,
    message: _msg,
    requestId: aws_request_id,
  }));
}

/** A managed runtime has its client in one folder, with nothing else. */
async function asManaged(installed: LambdaRuntime, folder: string): Promise<LambdaRuntime> {
  await mkdir(folder, { recursive: true });
  for (const name of ['index.mjs', 'rapid-client.node']) {
    await copyFile(join(dirname(installed.entry), name), join(folder, name));
  }
  return { ...installed, entry: join(folder, 'index.mjs') };
}
