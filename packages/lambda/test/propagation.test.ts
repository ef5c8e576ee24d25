/** Trace ids for the functions that a function calls; `test-e2e/lambda/propagation.test.ts` has the real SDK. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type InvokingClient,
  propagateFromAll,
  propagateTraceId,
  shareContext,
  withTraceId,
} from '../src/propagation.ts';

const TRACED = { ClientContext: btoa('{"custom":{"trace_id":"t1"}}') };

let stop = () => {};
afterEach(() => stop());

/** A class as the SDK's, in a file where the SDK has it: `send` gives back what would be sent. */
const CLIENT = `exports.LambdaClient = class {
  steps = new Map();
  middlewareStack = { add: (step, { name }) => this.steps.set(name, step) };
  send(commandName, input) {
    const last = (args) => args.input;
    return [...this.steps.values()].reduceRight((next, step) => step(next, { commandName }), last)({ input });
  }
};`;

interface Client extends InvokingClient {
  readonly steps: ReadonlyMap<string, unknown>;
  send(commandName: string, input: object | undefined): object;
}

/** Loads the class from a folder of its own, so that each test has a new one. */
function makeClient(): Client {
  const folder = mkdtempSync(join(tmpdir(), 'propagation-'));
  const file = join(folder, 'client-lambda/dist-cjs/index.js');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, CLIENT);
  const { LambdaClient } = createRequire(import.meta.url)(file) as {
    LambdaClient: new () => Client;
  };
  rmSync(folder, { recursive: true });
  return new LambdaClient();
}

it.each(['InvokeCommand', 'InvokeWithResponseStreamCommand'])(
  'adds the trace id of the running invocation to %s, and leaves the input as it is',
  (command) => {
    const client = makeClient();
    propagateTraceId(client);
    propagateTraceId(client);
    expect(client.steps.size).toBe(1);
    const input = { FunctionName: 'f' };
    expect(client.send(command, input)).toBe(input);
    stop = shareContext(() => ({ trace_id: 't1' }));
    expect(client.send(command, input)).toEqual({ ...input, ...TRACED });
    expect(input).toEqual({ FunctionName: 'f' });
    expect(client.send('ListFunctionsCommand', input)).toBe(input);
    stop();
    expect(client.send(command, input)).toBe(input);
  },
);

it('changes neither a client context that names a trace id nor a command without an input', () => {
  const client = makeClient();
  propagateTraceId(client);
  stop = shareContext(() => ({ trace_id: 't2' }));
  expect(client.send('InvokeCommand', TRACED)).toBe(TRACED);
  expect(client.send('InvokeCommand', undefined)).toBeUndefined();
});

it('follows every client whose class is loaded from now on, until it is stopped', () => {
  const before = makeClient();
  stop = shareContext(() => ({ trace_id: 't1' }));
  const stopLooking = propagateFromAll();
  const client = makeClient();
  stopLooking();
  const after = makeClient();
  expect(client.send('InvokeCommand', {})).toEqual(TRACED);
  expect([before, after].map((one) => one.send('InvokeCommand', {}))).toEqual([{}, {}]);
});

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

function decode(text: unknown): unknown {
  return JSON.parse(Buffer.from(String(text), 'base64').toString());
}

describe('withTraceId', () => {
  it.each([
    ['none', undefined, { custom: { trace_id: 't' } }],
    ['an empty one', '', { custom: { trace_id: 't' } }],
    ['one of its own', encode({ env: 1 }), { env: 1, custom: { trace_id: 't' } }],
    ['custom fields', encode({ custom: { a: 1 } }), { custom: { a: 1, trace_id: 't' } }],
    ['the other spelling', encode({ Custom: { a: 1 } }), { Custom: { a: 1, trace_id: 't' } }],
    ['an empty trace id', encode({ custom: { trace_id: '' } }), { custom: { trace_id: 't' } }],
  ])('adds the trace id to %s', (_, given, expected) => {
    expect(decode(withTraceId(given, 't'))).toEqual(expected);
  });

  it.each([
    ['with a trace id', encode({ custom: { trace_id: 'own' } })],
    ['with an X-Ray header', encode({ custom: { _X_AMZN_TRACE_ID: 'Root=1' } })],
    ['whose custom part is no object', encode({ custom: 'x' })],
    ['that is no object', encode([1])],
    ['that is no JSON', 'e30'.repeat(3)],
    ['that is no text', 7],
    ['that would get too long', encode({ custom: { long: 'x'.repeat(2650) } })],
  ])('leaves one alone %s', (_, given) => {
    expect(withTraceId(given, 't')).toBe(given);
  });
});
