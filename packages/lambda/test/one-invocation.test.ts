import { describe, expect, it } from 'vitest';
import { loadAddon, settle } from './fakes.ts';
import { ADDON, addonWith, COLD, RUNTIME, runtime, useRuntime, WARM } from './runtime.ts';

useRuntime();

describe('a runtime with one invocation at a time', () => {
  it('flushes before it asks for the next one, for 250 ms at most before the first', async () => {
    runtime.connect(RUNTIME);
    const { addon, calls } = addonWith([() => runtime.invocation('r1', 3000)]);
    const client = loadAddon(ADDON, addon);
    for (const number of [1, 2]) {
      const next = client.next();
      await settle();
      expect([runtime.scripted.flushes, calls.length]).toEqual([number, number - 1]);
      if (number === 1) expect(runtime.scripted.atMostMs).toBe(250);
      runtime.scripted.answerFlush();
      await next;
      expect(calls.length).toBe(number);
    }
  });

  it.each([
    ['half of the time that is left, less a reserve', 200, 300, {}],
    ['not at all when the time is up', 900, 0, {}],
    ['as long with a deadline that is text', 200, 300, { 'lambda-runtime-deadline-ms': '2000' }],
    ['250 ms without a deadline', 200, 250, { 'lambda-runtime-deadline-ms': undefined }],
    ['250 ms with one that is none', 200, 250, { 'lambda-runtime-deadline-ms': 'soon' }],
  ])('waits for %s', async (_, passedMs, expected, headers) => {
    runtime.connect(RUNTIME);
    const { addon } = addonWith([() => runtime.invocation('r1', 1000, headers)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    runtime.clock.advance(passedMs);
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    expect(runtime.scripted.atMostMs).toBe(expected);
  });

  it('bounds the exit by the deadline only while an invocation runs', async () => {
    const others = process.listeners('exit');
    runtime.connect(RUNTIME);
    const exit = process.listeners('exit').find((one) => !others.includes(one));
    const { addon } = addonWith([() => runtime.invocation('r1', 1000)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    exit?.call(process, 0);
    expect(runtime.scripted.deadline).toBe(runtime.clock.time + 400);
    runtime.scripted.deadline = undefined;
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    exit?.call(process, 0);
    expect(runtime.scripted.deadline).toBeUndefined();
  });

  it('leaves no listener behind', () => {
    const others = [process.listeners('exit'), process.listeners('beforeExit')];
    runtime.connect(RUNTIME);
    runtime.undo();
    expect([process.listeners('exit'), process.listeners('beforeExit')]).toEqual(others);
  });

  it.each([
    ['it is too close', 200],
    ['it is farther away than a timer can wait', 2 ** 32],
    ['there is none', undefined],
  ])('does not flush before the deadline if %s', async (_, timeoutMs) => {
    runtime.connect(RUNTIME);
    const deadline = timeoutMs && runtime.clock.time + timeoutMs;
    const { addon } = addonWith([
      () => runtime.invocation('r1', 0, { 'lambda-runtime-deadline-ms': deadline }),
    ]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    expect(runtime.clock.timers).toBe(0);
  });

  it('tells the ids of the invocation until the next one comes', async () => {
    runtime.connect(RUNTIME);
    const trace = { 'lambda-runtime-trace-id': 'Root=1-2-3;Sampled=1' };
    const { addon } = addonWith([
      () => runtime.invocation('r1', 9000, trace),
      () => runtime.invocation('r2', 9000, { 'lambda-runtime-aws-tenant-id': 'acme' }),
    ]);
    const client = loadAddon(ADDON, addon);
    expect(runtime.scripted.provider()).toEqual(COLD);
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    expect(runtime.scripted.provider()).toEqual({
      aws_request_id: 'r1',
      trace_id: '1-2-3',
      ...COLD,
    });
    const second = client.next();
    await settle();
    expect(runtime.scripted.provider()?.aws_request_id).toBe('r1');
    runtime.scripted.answerFlush();
    await second;
    expect(runtime.scripted.provider()).toEqual({
      aws_request_id: 'r2',
      tenant_id: 'acme',
      ...WARM,
    });
  });

  it('is not cold in a process that is not the runtime', () => {
    runtime.connect(RUNTIME);
    runtime.restoreConsole();
    expect(runtime.scripted.provider()).toEqual({ function_version: '7' });
  });

  it('ships unfinished lines before each flush', async () => {
    runtime.connect(RUNTIME);
    const cutAt: number[] = [];
    runtime.printing.cutLines = () => cutAt.push(runtime.scripted.flushes);
    const { addon } = addonWith([() => runtime.invocation('r1', 3000)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    runtime.clock.advance(2800);
    expect(cutAt).toEqual([0, 1]);
  });

  it('is not cold where its start keeps nobody waiting', () => {
    runtime.connect({ ...RUNTIME, AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' });
    expect(runtime.scripted.provider()).toEqual(WARM);
  });

  it('flushes early, 200 ms before the deadline', async () => {
    runtime.connect(RUNTIME);
    const { addon } = addonWith([() => runtime.invocation('r1', 3000)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    runtime.clock.advance(2799);
    expect(runtime.scripted.flushes).toBe(1);
    runtime.clock.advance(1);
    expect(runtime.scripted.flushes).toBe(2);
  });
});
