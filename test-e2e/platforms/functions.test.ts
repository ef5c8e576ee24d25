/** A function on platforms that this machine is not, under the real runtime client of AWS Lambda, native part included. Matrix only. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { ensureLambdaRuntime } from '../environment/lambda-runtime.ts';
import { EVENTS, EXAMPLE, eventOf } from '../lambda/example-events.ts';
import { type Functions, startFunctions } from '../lambda/functions.ts';
import { foreignNode, PLATFORMS } from './foreign-nodes.ts';

/** To compile the native part takes minutes on a busy machine. */
const TIMEOUT_MS = 600_000;
const LONGEST_FLUSH_MS = 20_000;

const lambdas = PLATFORMS.filter(({ target }) => target !== undefined);
const nodes = await Promise.all(
  (isFullRun() ? lambdas : []).map(async (platform) => ({
    platform,
    node: await foreignNode(platform),
  })),
);

let functions: Functions;

beforeAll(async () => {
  if (!isFullRun()) return;
  const files = { 'package.json': `${EXAMPLE}package.json`, 'index.js': `${EXAMPLE}index.js` };
  functions = await startFunctions({ files });
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
        const runtime = await ensureLambdaRuntime({ target: platform.target });
        expect(runtime.standIn).toBe(undefined);
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
