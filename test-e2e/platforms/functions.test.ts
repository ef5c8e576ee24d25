/** A function on platforms that this machine is not, under the real runtime client of AWS Lambda, native part included. Matrix only. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { sayMissing } from '../environment/missing.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { EVENTS, EXAMPLE, eventOf } from '../lambda/example-events.ts';
import { type Functions, startFunctions } from '../lambda/functions.ts';
import { foreignNode, PLATFORMS, type Platform } from './foreign-nodes.ts';

/** To compile the native part takes minutes on a busy machine. */
const TIMEOUT_MS = 600_000;
const MAX_FLUSH_MS = 20_000;

const lambdas = PLATFORMS.filter(({ target }) => target !== undefined);
const tried = await Promise.all(
  (isFullRun() ? lambdas : []).map(async (platform) => ({
    platform,
    node: await foreignNode(platform),
    runtime: await runtimeFor(platform),
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

for (const { platform, node, runtime } of tried) {
  describe.skipIf(node === undefined || runtime === undefined)(
    platform.title,
    { timeout: TIMEOUT_MS },
    () => {
      it.each(['--import', '--require'])(
        'keeps every line of a function, with its ids, when it is killed at its last answer, %s',
        async (flag) => {
          const lambda = await functions.launch({
            ...{ handler: 'index.handler', node, runtime, killAtAnswer: EVENTS.length },
            nodeOptions: `${flag} @direct-logging/auto`,
            // An emulator is slow.
            env: { VICTORIALOGS_FLUSH_TIMEOUT_MS: String(MAX_FLUSH_MS) },
          });
          const expected: object[] = [{ _msg: 'Price list loaded: 2 articles' }];
          for (const { name, messages } of EVENTS) {
            const timeoutMs = 3 * MAX_FLUSH_MS;
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
    },
  );
}

/** Undefined, and the reason said, where its native part cannot be compiled. */
async function runtimeFor({ target, title }: Platform): Promise<LambdaRuntime | undefined> {
  const runtime = await ensureLambdaRuntime({ target }).catch((error: Error) => error);
  if (!(runtime instanceof Error) && runtime.standIn === undefined) return runtime;
  const reason = runtime instanceof Error ? runtime.message : runtime.how;
  const remedy = 'It needs cmake, make, tar, xz and python3 with pip.';
  sayMissing(`${title}: the function is skipped: ${reason}`, remedy, sayOnStderr);
  return undefined;
}
