/** A function that is removed by force right after its answer: in containers, or as a process where there is no engine. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineVersion } from '../environment/docker.ts';
import { buildFunctionImage, type FunctionImage } from '../environment/function-container.ts';
import { functionProcess, startFunction } from '../environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { type Answer, startRuntimeApi } from '../environment/runtime-api.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';

const FUNCTION = fileURLToPath(new URL('../lambda-runtime/functions/unlucky.mjs', import.meta.url));
const HANDLER = 'unlucky.isChatty';
const PRELOAD = '--import @direct-logging/auto';
const LINES = 1000;
/** What the runtime client prints when the emulator beside it is gone a moment before itself. */
const LAST_WORDS = '[Error: Failed to get next invocation, error -1]';

const engine = await engineVersion();
const where = engine === undefined ? 'processes' : 'containers';
sayOnStderr(
  engine === undefined
    ? 'No Docker engine answers: the function that is removed by force is a process'
    : `The function that is removed by force and its VictoriaLogs are containers on Docker ${engine}`,
);

let server: VictoriaLogs;
let runtime: LambdaRuntime;
let project: ScratchProject;
let image: FunctionImage | undefined;

beforeAll(async () => {
  server = await startVictoriaLogs({ prefer: engine === undefined ? undefined : 'container' });
  runtime = await ensureLambdaRuntime();
  project = await scratchProject({ files: { 'unlucky.mjs': FUNCTION } });
  if (engine === undefined) return;
  image = await buildFunctionImage({
    runtime,
    folder: project.folder,
    node: await nodeBinary(24),
  });
});

afterAll(async () => {
  await image?.remove();
  await project?.remove();
  await server?.stop();
});

it(`has every line of a function stored that is removed by force right after its answer (${where})`, async () => {
  const name = `lambda-hello-${randomUUID().slice(0, 8)}`;
  const answer = image ? await inContainer(image, name) : await inProcess(name);
  expect(answer).toEqual({ kind: 'response', body: '"done"' });
  const query = `{container_name="${name}"} | sort by (_time)`;
  const rows = await server.queryWhen(query, LINES + 1);
  const lines = Array.from({ length: LINES }, (_, index) => `line ${index + 1}`);
  const messages = rows.map((row) => row._msg);
  if (messages.at(-1) === LAST_WORDS) messages.pop();
  expect(messages).toEqual(['unlucky is loaded', ...lines]);
});

async function inContainer(functionImage: FunctionImage, name: string): Promise<Answer> {
  const container = await functionImage.start({
    handler: HANDLER,
    nodeOptions: PRELOAD,
    env: { VICTORIALOGS_URL: server.containerUrl ?? '', AWS_LAMBDA_FUNCTION_NAME: name },
  });
  try {
    return await container.invoke({ lines: LINES });
  } finally {
    await container.remove();
  }
}

async function inProcess(name: string): Promise<Answer> {
  const api = await startRuntimeApi();
  const program = functionProcess({
    runtime,
    folder: project.folder,
    handler: HANDLER,
    nodeOptions: PRELOAD,
    env: { VICTORIALOGS_URL: server.url, AWS_LAMBDA_FUNCTION_NAME: name },
  });
  const running = await startFunction(program, api);
  try {
    return await api.invoke({ lines: LINES });
  } finally {
    await running.stop();
    await api.stop();
  }
}
