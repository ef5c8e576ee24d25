import { describe, expect, it } from 'vitest';
import { loadAddon, settle } from './fakes.ts';
import { ADDON, addonWith, COLD, RUNTIME, runtime, useRuntime } from './runtime.ts';

useRuntime();

describe('what an invocation starts', () => {
  it('tells what it starts the ids of the invocation', async () => {
    const env: NodeJS.ProcessEnv = { ...RUNTIME };
    runtime.connect(env);
    const { addon } = addonWith([() => runtime.invocation('r1', 9000)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => runtime.scripted.answerFlush())]);
    const ofChild = { ...env };
    runtime.undo();
    expect(env).toEqual(RUNTIME);
    for (const isMainThread of [true, false]) {
      runtime.connect(ofChild, isMainThread);
      expect(runtime.scripted.provider()).toEqual({ aws_request_id: 'r1', ...COLD });
      runtime.undo();
    }
  });

  it.each(['', '{', 'null', '7'])('does not mind a child with the ids %j', (text) => {
    runtime.connect({ ...RUNTIME, DIRECT_LOGGING_INVOCATION: text });
    expect(runtime.scripted.provider()).toEqual(COLD);
  });
});

describe('elsewhere', () => {
  it.each([
    ['outside of a Lambda runtime', {}, true],
    ['in a worker thread of the application', RUNTIME, false],
  ])('does nothing %s', (_, env, isMainThread) => {
    const { dlopen } = process;
    runtime.connect(env, isMainThread);
    expect(process.dlopen).toBe(dlopen);
    runtime.undo();
    expect(process.dlopen).toBe(dlopen);
  });
});
