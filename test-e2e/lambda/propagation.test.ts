/** The trace id on its way through functions that invoke each other with the real AWS SDK. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { startFunctions } from './functions.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const EVENT = { headers: { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` } };

const CALLERS = ['calls.mjs', 'calls-required.cjs', 'calls-bundled.mjs'];

const functions = forTests(() =>
  startFunctions({
    files: {
      ...Object.fromEntries(CALLERS.map((name) => [`sdk/${name}`, `${FIXTURES}${name}`])),
      'called.mjs': `${FIXTURES}called.mjs`,
    },
  }),
);

beforeAll(async () => {
  const { folder, nodeModules } = functions.project;
  const sdk = await pinnedPackages({ name: 'aws-sdk', what: 'the AWS SDK' });
  await mkdir(join(folder, 'sdk/node_modules'));
  await symlink(join(sdk, '@aws-sdk'), join(folder, 'sdk/node_modules/@aws-sdk'));
  const build = await rolldown({
    input: join(folder, 'sdk/calls-bundled.mjs'),
    platform: 'node',
    resolve: { modules: [sdk, nodeModules] },
    onLog() {},
  });
  await build.write({ file: join(folder, 'bundled/index.mjs'), codeSplitting: false });
  await build.close();
});
afterEach(() => functions.end());

/** A function that calls one that is called. */
async function launchPair(handler: string, isOn = true) {
  const called = await functions.launch({ handler: 'called.handler' });
  const caller = await functions.launch({ handler, env: callerEnv(called.api.address, isOn) });
  return { called, caller };
}

function callerEnv(address: string, isOn: boolean): Record<string, string> {
  const env = { TARGET: `http://${address}` };
  return isOn ? { ...env, VICTORIALOGS_LAMBDA_PROPAGATE: '1' } : env;
}

it.each([
  ['imported', 'sdk/calls.handler'],
  ['required', 'sdk/calls-required.handler'],
])('goes along with an SDK that is %s', async (_, handler) => {
  const { called, caller } = await launchPair(handler);
  const { body } = await caller.invoke(EVENT);
  expect(JSON.parse(body)).toEqual({ custom: { trace_id: TRACE_ID } });
  expect(await called.rows(1)).toMatchObject([{ _msg: 'called', trace_id: TRACE_ID }]);
});

it('goes through a chain of functions, under the signature of each request', async () => {
  const { called, caller: second } = await launchPair('sdk/calls.handler');
  const first = await functions.launch({
    handler: 'sdk/calls.handler',
    env: callerEnv(second.api.address, true),
  });
  await first.invoke(EVENT);
  for (const { rows } of [first, second]) {
    expect(await rows(1)).toMatchObject([
      { _msg: expect.stringContaining(';x-amz-client-context;'), trace_id: TRACE_ID },
    ]);
  }
  expect(await called.rows(1)).toMatchObject([{ _msg: 'called', trace_id: TRACE_ID }]);
});

it('goes along when the answer is to be streamed', async () => {
  const { caller } = await launchPair('sdk/calls.asksForStream');
  expect((await caller.invoke(EVENT)).body).toBe('"refused"');
  expect((await caller.rows(1))[0]?._msg).toContain(';x-amz-client-context;');
});

it('goes along with a client that is bundled when it is told to', async () => {
  const { called, caller } = await launchPair('bundled/index.handler', false);
  await caller.invoke(EVENT);
  expect(await called.rows(1)).toMatchObject([{ _msg: 'called', trace_id: TRACE_ID }]);
});

it('is the one of each invocation when a command is sent again', async () => {
  const { called, caller } = await launchPair('sdk/calls.handler');
  const traceIds = ['first', 'second'];
  for (const [at, trace_id] of traceIds.entries()) {
    await caller.invoke({ repeats: at > 0 }, { clientContext: { custom: { trace_id } } });
  }
  expect((await called.rows(2)).map((row) => row.trace_id)).toEqual(traceIds);
});

it('leaves what the caller passes itself', async () => {
  const { caller } = await launchPair('sdk/calls.handler');
  for (const [passes, arrives] of [
    [
      { client: { app: 'shop' }, custom: { basket: '7' } },
      { client: { app: 'shop' }, custom: { basket: '7', trace_id: TRACE_ID } },
    ],
    [{ custom: { trace_id: 'own' } }, { custom: { trace_id: 'own' } }],
    [[7], [7]],
  ]) {
    const { body } = await caller.invoke({ ...EVENT, passes });
    expect(JSON.parse(body)).toEqual(arrives);
  }
});

it('stays where it is without the setting', async () => {
  const { called, caller } = await launchPair('sdk/calls.handler', false);
  expect((await caller.invoke(EVENT)).body).toBe('null');
  expect((await called.rows(1))[0]).not.toHaveProperty('trace_id');
});
