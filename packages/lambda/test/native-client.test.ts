import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { hookNativeClient } from '../src/native-client.ts';
import { loadAddon } from './fakes.ts';
import { ADDON, addonWith, RUNTIME, runtime, useRuntime } from './runtime.ts';

useRuntime();

describe('the addon of the runtime client', () => {
  it('passes this, arguments, the answer itself and errors through', async () => {
    runtime.connect(RUNTIME);
    const answer = runtime.invocation('r1', 1000);
    const failure = new Error('the runtime is gone');
    const { addon, calls } = addonWith([
      () => answer,
      () => {
        throw failure;
      },
    ]);
    const client = loadAddon(ADDON, addon) as { next(...args: unknown[]): Promise<unknown> };
    const first = client.next('a', 2);
    runtime.scripted.answerFlush();
    expect(await first).toBe(answer);
    expect(calls[0]).toEqual({ self: addon, args: ['a', 2] });
    const second = client.next();
    runtime.scripted.answerFlush();
    await expect(second).rejects.toBe(failure);
  });

  it('survives answers of any shape', async () => {
    runtime.connect(RUNTIME);
    const shapes: unknown[] = [undefined, null, {}, { headers: null, bodyJson: 7 }, 'text'];
    const { addon } = addonWith(shapes.map((shape) => () => shape));
    const client = loadAddon(ADDON, addon);
    for (const shape of shapes) {
      const next = client.next();
      runtime.scripted.answerFlush();
      expect(await next).toBe(shape);
    }
  });

  it('turns an error of ours into a warning, and asks for the next invocation all the same', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const broken = (): never => {
      throw new Error('ours');
    };
    onTestFinished(
      hookNativeClient({ beforeNext: broken, begin: broken, context: broken, stop() {} }),
    );
    const { addon } = addonWith([() => 'answer']);
    expect(await loadAddon(ADDON, addon).next()).toBe('answer');
    expect(String(warned.mock.calls[0]?.[0])).toContain('an invocation cannot be followed');
  });

  it('leaves other addons and their errors alone', () => {
    runtime.connect(RUNTIME);
    const next = async () => 1;
    expect(loadAddon('/app/my-rapid-client.node', { next }).next).toBe(next);
    expect(() => process.dlopen(null as never, ADDON)).toThrow(TypeError);
  });

  it('puts back what it found', () => {
    const before = process.dlopen;
    runtime.connect(RUNTIME);
    expect([process.dlopen.name, process.dlopen.length]).toEqual([before.name, before.length]);
    const next = async () => 1;
    const client = loadAddon(ADDON, { next });
    expect(client.next).not.toBe(next);
    expect(process.dlopen).toBe(before);
    runtime.undo();
    expect(client.next).toBe(next);
  });
});
