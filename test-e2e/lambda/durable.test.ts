/** The records of a durable function, with the events that AWS's own SDK and its local runner make. */
import { copyFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { forTests, testFolder } from '../environment/for-tests.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { runProgram } from '../environment/run-program.ts';
import { startFunctions } from './functions.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

const functions = forTests(() =>
  startFunctions({ files: { 'brief.mjs': `${FIXTURES}brief.mjs` } }),
);
const folder = testFolder('durable');

afterEach(() => functions.end());

it('records tell the execution, and which invocation repeats an earlier one', async () => {
  const [first, second, ...others] = await events();
  expect(others).toEqual([]);
  const lambda = await functions.launch({ handler: 'brief.handler' });
  await lambda.invoke(first ?? {});
  await lambda.invoke(second ?? {});
  await lambda.invoke({ n: 3, DurableExecutionArn: 'of somebody else' });
  const rows = await lambda.rows(3);
  const { DurableExecutionArn: arn } = first as { DurableExecutionArn: string };
  const ids = { durable_execution_arn: arn };
  expect(rows[0]).toMatchObject({ ...ids, durable_resumed: 'false' });
  expect(rows[1]).toMatchObject({ ...ids, durable_resumed: 'true' });
  expect(rows[2]).not.toHaveProperty('durable_execution_arn');
  expect(rows[2]).not.toHaveProperty('durable_resumed');
});

async function events(): Promise<object[]> {
  const nodeModules = await pinnedPackages({
    name: 'durable',
    what: 'the SDK of durable functions',
  });
  await rm(join(folder, 'node_modules'), { force: true });
  await symlink(nodeModules, join(folder, 'node_modules'));
  await copyFile(`${FIXTURES}durable-events.mjs`, join(folder, 'events.mjs'));
  const run = await runProgram({ node: await nodeBinary(24), args: ['events.mjs'], cwd: folder });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
