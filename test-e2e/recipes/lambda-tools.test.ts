/** The recipes for tools of Lambda: what they make of the page runs under the real runtime client, and each printed line arrives once. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { functionProcess, startFunction } from '../environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { runCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { startRuntimeApi } from '../environment/runtime-api.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { at, type Example, readExamples } from '../examples/read-examples.ts';

const MAX_FLUSH_MS = 20_000;
const TIMEOUT_MS = 300_000;

/** What a template of CloudFormation has for a function or a layer. */
interface Resource {
  readonly Type: string;
  readonly Properties: {
    readonly Handler: string;
    readonly Code?: { readonly S3Key?: string };
    readonly Content?: { readonly S3Key?: string };
    readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
  };
  readonly Metadata?: { readonly 'aws:asset:path'?: string };
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

let server: VictoriaLogs;
let runtime: LambdaRuntime;
let project: ScratchProject | undefined;

beforeAll(async () => {
  if (!isFullRun()) return;
  server = await startVictoriaLogs();
  runtime = await ensureLambdaRuntime();
}, TIMEOUT_MS);
afterEach(async () => {
  await project?.remove();
  project = undefined;
});
afterAll(async () => {
  await server?.stop();
});

describe('the recipe for', () => {
  for (const example of readExamples('recipes/lambda-tools.md')) {
    if (!isFullRun()) {
      it.skip(`${example.title}: in the matrix`);
      continue;
    }
    it(example.title, { timeout: TIMEOUT_MS }, async () => {
      const made = await make(at(example, server.url));
      const shipped = await invoke(made, made.env);
      const bare = await invoke(made, { ...made.env, VICTORIALOGS_URL: undefined });
      expect(shipped.printed).toEqual(bare.printed);
      const { name, requestId } = shipped;
      const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, 0);
      const records = example.records.map((record) =>
        record.aws_request_id === undefined ? record : { ...record, aws_request_id: requestId },
      );
      expect(rows).toMatchObject(records);
      expect(rows).toHaveLength(records.length);
    });
  }
});

/** A function as it would be deployed. */
interface Made {
  /** Of its code. */
  readonly folder: string;
  readonly handler: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How a tool is asked, and where it leaves what it makes. */
interface Tool {
  /** The folder of `test-e2e/pinned-packages/` that has it. */
  readonly packages: string;
  readonly env: Readonly<Record<string, string>>;
  /** In the project. */
  readonly template: string;
  /** The folder with the code of a function or layer. */
  readonly codeOf: (resource: Resource, folder: string) => Promise<string>;
}

const CDK: Tool = {
  packages: 'lambda-tools',
  env: {},
  template: 'cdk.out/Shop.template.json',
  codeOf: async ({ Metadata }, folder) =>
    join(folder, 'cdk.out', Metadata?.['aws:asset:path'] ?? ''),
};

function serverlessFramework(aws: string): Tool {
  return {
    packages: 'serverless',
    env: { AWS_ENDPOINT_URL: aws, AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
    template: '.serverless/cloudformation-template-update-stack.json',
    async codeOf({ Properties: { Code, Content } }, folder) {
      const archive = join(folder, '.serverless', basename((Code ?? Content)?.S3Key ?? ''));
      await runCommand('python3', ['-m', 'zipfile', '-e', archive, `${archive}.d`]);
      return `${archive}.d`;
    },
  };
}

/** Lets the tool make the bundle and the template of the page, and lays the layer out below another root. */
async function make(example: Example): Promise<Made> {
  const aws = await emptyAccount();
  const tool = 'serverless.yml' in example.files ? serverlessFramework(aws.url) : CDK;
  project = await scratchProject({ pinned: tool.packages, copied: true });
  const { folder } = project;
  for (const [name, text] of Object.entries(example.files)) {
    await writeFile(join(folder, name), text);
  }
  // By it the CDK finds out where the project is.
  await writeFile(join(folder, 'package-lock.json'), '{}');
  // What `npm install --prefix layer/nodejs` makes: ours are in no registry.
  const ours = ['@direct-logging', 're2js', 'undici', 'winston-transport'];
  for (const name of example.commands.length > 1 ? ours : []) {
    const to = join(folder, 'layer/nodejs/node_modules', name);
    await cp(join(folder, 'node_modules', name), to, { recursive: true });
  }
  const PATH = `${dirname(process.execPath)}:${folder}/node_modules/.bin:${process.env.PATH}`;
  const args = ['-c', example.commands.at(-1) ?? ''];
  const env = { ...tool.env, PATH };
  const run = await runProgram({ node: 'sh', args, cwd: folder, env, timeoutMs: 240_000 });
  aws.close();
  expect(run.code, run.stdout + run.stderr).toBe(0);
  const template: Template = JSON.parse(await readFile(join(folder, tool.template), 'utf8'));
  const resources = Object.values(template.Resources);
  const [layer] = resources.filter(({ Type }) => Type === 'AWS::Lambda::LayerVersion');
  const [orders] = resources.filter(({ Type }) => Type === 'AWS::Lambda::Function');
  if (orders === undefined) throw new Error('The template has no function.');
  const opt = layer === undefined ? '/opt' : await tool.codeOf(layer, folder);
  const { Handler, Environment } = orders.Properties;
  const variables = Object.entries(Environment.Variables);
  const configured = variables.map(([name, value]) => [name, value.replace('/opt', opt)]);
  const code = await tool.codeOf(orders, folder);
  await access(code);
  return { folder: code, handler: Handler, env: Object.fromEntries(configured) };
}

/** Answers like CloudFormation in an account where nothing has been deployed yet. */
async function emptyAccount(): Promise<{ readonly url: string; close(): void }> {
  const answer =
    '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack does not exist</Message></Error></ErrorResponse>';
  const api = createServer((_, response) => {
    response.writeHead(400, { 'content-type': 'text/xml' }).end(answer);
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const { port } = api.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => api.close() };
}

/** Invokes a function of its own name and waits until it asks for the next invocation. */
async function invoke(
  { folder, handler }: Made,
  env: Readonly<Record<string, string | undefined>>,
) {
  const name = `recipe-${randomUUID().slice(0, 8)}`;
  const requestId = randomUUID();
  const { NODE_OPTIONS: nodeOptions, VICTORIALOGS_URL: url } = env;
  const api = await startRuntimeApi();
  const program = functionProcess({
    ...{ runtime, folder, handler, nodeOptions },
    env: {
      ...(url === undefined ? {} : { VICTORIALOGS_URL: url }),
      // What is not stored when the wait is over is missing, however slow the machine.
      VICTORIALOGS_FLUSH_TIMEOUT_MS: String(MAX_FLUSH_MS),
      AWS_LAMBDA_FUNCTION_NAME: name,
    },
  });
  const running = await startFunction(program, api);
  await api.invoke({ orderId: 17 }, { requestId, timeoutMs: 3 * MAX_FLUSH_MS });
  await api.untilIdle();
  const { stdout, stderr } = await running.stop();
  await api.stop();
  const printed = `${stdout}\n${stderr}`.replaceAll(/\d{4}-\S+Z|[0-9a-f-]{36}|recipe-\w+/g, 'N');
  return { name, requestId, printed };
}
