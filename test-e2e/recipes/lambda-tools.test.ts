/** The recipes for the AWS CDK: what it makes of the page runs under the real runtime client, and each printed line arrives once. */
import { randomUUID } from 'node:crypto';
import { access, cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { functionProcess, startFunction } from '../environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { runProgram } from '../environment/run-program.ts';
import { startRuntimeApi } from '../environment/runtime-api.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { at, type Example, readExamples } from '../examples/read-examples.ts';

const LONGEST_FLUSH_MS = 20_000;
const TIMEOUT_MS = 300_000;

/** What a template of CloudFormation has for functions and layers. */
interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties: {
          readonly Handler: string;
          readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
        };
        readonly Metadata?: { readonly 'aws:asset:path'?: string };
      }
    >
  >;
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
      const made = await synthesize(at(example, server.url));
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

/** Lets the CDK make the bundle and the template of the page, and lays the layer out below another root. */
async function synthesize(example: Example): Promise<Made> {
  project = await scratchProject({ locked: 'lambda-tools', copied: true });
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
  const env = {
    PATH: `${dirname(process.execPath)}:${folder}/node_modules/.bin:${process.env.PATH}`,
  };
  const args = ['-c', example.commands.at(-1) ?? ''];
  const run = await runProgram({ node: 'sh', args, cwd: folder, env, timeoutMs: 240_000 });
  expect(run.code, run.stderr).toBe(0);
  const made = join(folder, 'cdk.out');
  const template: Template = JSON.parse(await readFile(join(made, 'Shop.template.json'), 'utf8'));
  const resources = Object.values(template.Resources);
  const [layer] = resources.filter(({ Type }) => Type === 'AWS::Lambda::LayerVersion');
  const [orders] = resources.filter(({ Type }) => Type === 'AWS::Lambda::Function');
  const assetOf = (resource: typeof orders) =>
    join(made, resource?.Metadata?.['aws:asset:path'] ?? '');
  const { Handler = '', Environment } = orders?.Properties ?? {};
  const variables = Object.entries(Environment?.Variables ?? {});
  const configured = variables.map(([name, value]) => [
    name,
    value.replace('/opt', assetOf(layer)),
  ]);
  await access(assetOf(orders));
  return { folder: assetOf(orders), handler: Handler, env: Object.fromEntries(configured) };
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
      VICTORIALOGS_FLUSH_TIMEOUT_MS: String(LONGEST_FLUSH_MS),
      AWS_LAMBDA_FUNCTION_NAME: name,
    },
  });
  const running = await startFunction(program, api);
  await api.invoke({ orderId: 17 }, { requestId, timeoutMs: 3 * LONGEST_FLUSH_MS });
  await api.untilIdle();
  const { stdout, stderr } = await running.stop();
  await api.stop();
  const printed = `${stdout}\n${stderr}`.replaceAll(/\d{4}-\S+Z|[0-9a-f-]{36}|recipe-\w+/g, 'N');
  return { name, requestId, printed };
}
