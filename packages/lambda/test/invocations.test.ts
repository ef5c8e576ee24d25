import { expect, it, onTestFinished, vi } from 'vitest';
import { neverThrowing } from '../src/invocations.ts';

const broken = (): never => {
  throw new Error('ours');
};

it('turns an error of ours into a warning, and passes on everything else', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  const failing = neverThrowing({ beforeNext: broken, begin: broken, context: broken, stop() {} });
  expect(failing.beforeNext()).toBeUndefined();
  expect(failing.begin({}, '{}')).toBeUndefined();
  expect(failing.context()).toBeUndefined();
  expect(warned).toHaveBeenCalled();
  expect(String(warned.mock.calls[0]?.[0])).toContain('an invocation cannot be followed');
  const begun: unknown[] = [];
  const working = neverThrowing({
    beforeNext: async () => 'flushed',
    begin: (...args) => void begun.push(args),
    context: () => ({ trace_id: 't' }),
    stop() {},
  });
  working.begin({ a: 'b' }, '{}');
  expect([await working.beforeNext(), working.context(), begun]).toEqual([
    'flushed',
    { trace_id: 't' },
    [[{ a: 'b' }, '{}']],
  ]);
});
