/**
 * A function on platforms that this machine is not, under the real runtime client of AWS Lambda. Matrix only. The client's native
 * part has a stand-in there: to build it takes a C++ compiler for each of them.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { EVENTS, EXAMPLE, eventOf } from '../lambda/example-events.ts';
import { type Functions, startFunctions } from '../lambda/functions.ts';
import { foreignNode, PLATFORMS } from './foreign-nodes.ts';

const TIMEOUT_MS = 180_000;
const LONGEST_FLUSH_MS = 20_000;

const lambdas = PLATFORMS.filter(({ name }) => !name.startsWith('windows'));
const nodes = await Promise.all(
  (isFullRun() ? lambdas : []).map(async (platform) => ({
    platform,
    node: await foreignNode(platform),
  })),
);

let functions: Functions;
let runtime: LambdaRuntime;

beforeAll(async () => {
  if (!isFullRun()) return;
  const files = { 'package.json': `${EXAMPLE}package.json`, 'index.js': `${EXAMPLE}index.js` };
  functions = await startFunctions({ files });
  const here = await ensureLambdaRuntime();
  runtime = { ...here, standIn: join(here.nodeModules, '../js-rapid-client.cjs') };
}, TIMEOUT_MS);

afterAll(() => functions?.stop());

it.skipIf(isFullRun())('are tried in the matrix', () => {
  expect(lambdas.length).toBeGreaterThan(0);
});

for (const { platform, node } of nodes) {
  describe.skipIf(node === undefined)(platform.title, { timeout: TIMEOUT_MS }, () => {
    it.each(['--import', '--require'])(
      'keeps every line of a function, with its ids, when it is killed at its last answer, %s',
      async (flag) => {
        const lambda = await functions.launch({
          ...{ handler: 'index.handler', node, runtime, killAtAnswer: EVENTS.length },
          nodeOptions: `${flag} @direct-logging/auto`,
          // An emulator is slow.
          env: { VICTORIALOGS_FLUSH_TIMEOUT_MS: String(LONGEST_FLUSH_MS) },
        });
        const expected: object[] = [{ _msg: 'Price list loaded: 2 articles' }];
        for (const { name, messages } of EVENTS) {
          const timeoutMs = 3 * LONGEST_FLUSH_MS;
          const { requestId } = await lambda.invoke(eventOf(name), { timeoutMs });
          for (const [level, _msg] of messages) {
            expected.push({ level, _msg, aws_request_id: requestId });
          }
        }
        expect((await lambda.running.ended).signal).toBe('SIGKILL');
        expect(await lambda.rows(expected.length)).toMatchObject(expected);
        await functions.end();
      },
    );
  });
}
