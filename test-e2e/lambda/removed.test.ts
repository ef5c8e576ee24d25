/** Functions that are removed by force right after their answer: in containers, or as processes where there is no engine. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { layOut, packLayer } from '../../apps/lambda-layer/layer.ts';
import { engineVersion } from '../environment/docker.ts';
import { testFolder, testProject, testServer } from '../environment/for-tests.ts';
import {
  buildFunctionImage,
  type FunctionImage,
  withoutLastWords,
} from '../environment/function-container.ts';
import { functionProcess, startFunction } from '../environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { type Answer, startRuntimeApi } from '../environment/runtime-api.ts';
import { EXAMPLE_PACKAGES, eventFor, FUNCTION_FILES, FUNCTIONS } from './example-functions.ts';

const UNLUCKY = fileURLToPath(new URL('./fixtures/unlucky.mjs', import.meta.url));
const LINES = 1000;

const engine = await engineVersion();
const where = engine === undefined ? 'a process' : 'a container';
sayOnStderr(
  engine === undefined
    ? 'No Docker engine answers: the functions that are removed by force are processes'
    : `The functions that are removed by force and their VictoriaLogs are containers on Docker ${engine}`,
);

const server = testServer({ prefer: engine === undefined ? undefined : 'container' });
let runtime: LambdaRuntime;
const task = testProject({
  withOurs: false,
  files: { ...FUNCTION_FILES, 'unlucky.mjs': UNLUCKY },
  dependencies: EXAMPLE_PACKAGES,
});
const opt = testFolder('opt');
let image: FunctionImage | undefined;

beforeAll(async () => {
  runtime = await ensureLambdaRuntime();
  await layOut(await packLayer(), opt);
  if (engine === undefined) return;
  image = await buildFunctionImage({ task: task.folder, opt, runtime, say: sayOnStderr });
});

afterAll(async () => {
  await image?.remove();
});

it(`has 1,000 lines stored of ${where} that is removed by force right after its answer`, async () => {
  const { answer, stored } = await invokeAndRemove('unlucky.isChatty', { lines: LINES }, LINES + 1);
  expect(answer).toEqual({ kind: 'response', body: '"done"' });
  const lines = Array.from({ length: LINES }, (_, index) => `line ${index + 1}`);
  expect(stored.map(({ message }) => message)).toEqual(['unlucky is loaded', ...lines]);
});

for (const example of FUNCTIONS) {
  const { shows, handler, traceId, atStart, messages } = example;
  it(`has every line stored of ${where} with the ${shows} example that is removed by force right after its answer`, async () => {
    const count = atStart.length + messages.length;
    const { answer, requestId, stored } = await invokeAndRemove(handler, eventFor(example), count);
    expect({ ...answer, body: parsed(answer.body) }).toEqual(example.answer);
    expect(stored).toEqual([
      ...atStart.map(([level, message]) => ({ level, message })),
      ...messages.map(([level, message]) => ({ level, message, requestId, traceId })),
    ]);
  });
}

async function invokeAndRemove(handler: string, event: object, count: number) {
  const name = `lambda-hello-${randomUUID().slice(0, 8)}`;
  const requestId = randomUUID();
  const answer = image
    ? await inContainer(image, { name, handler, event, requestId })
    : await inProcess({ name, handler, event, requestId });
  const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, count);
  const stored = withoutLastWords(rows).map((row) => ({
    level: row.level,
    message: row._msg,
    requestId: row.aws_request_id,
    traceId: row.trace_id,
  }));
  return { answer, requestId, stored };
}

interface Invocation {
  readonly name: string;
  readonly handler: string;
  readonly event: object;
  readonly requestId: string;
}

async function inContainer(
  functionImage: FunctionImage,
  { name, handler, event, requestId }: Invocation,
): Promise<Answer> {
  const container = await functionImage.start(handler, {
    VICTORIALOGS_URL: server.containerUrl ?? '',
    AWS_LAMBDA_FUNCTION_NAME: name,
  });
  try {
    return await container.invoke(event, { requestId });
  } finally {
    await container.remove();
  }
}

async function inProcess({ name, handler, event, requestId }: Invocation): Promise<Answer> {
  const api = await startRuntimeApi();
  const program = functionProcess({
    runtime,
    folder: task.folder,
    handler,
    nodeOptions: `--import ${opt}/nodejs/node_modules/@direct-logging/auto/dist/import.js`,
    env: { VICTORIALOGS_URL: server.url, AWS_LAMBDA_FUNCTION_NAME: name },
  });
  const running = await startFunction(program, api);
  try {
    return await api.invoke(event, { requestId });
  } finally {
    await running.stop();
    await api.stop();
  }
}

/** What a function answers is JSON, unless it streams text. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
