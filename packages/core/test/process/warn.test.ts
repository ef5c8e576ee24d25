import { expect, it, vi } from 'vitest';

it('copies of this package tell a warning once between them', async () => {
  const told: string[] = [];
  process.on('warning', ({ message }) => told.push(message));
  const first = await import('../../src/process/warn.ts');
  vi.resetModules();
  const second = await import('../../src/process/warn.ts');
  expect(second.warn).not.toBe(first.warn);

  first.warn('DL_SPOOL', 'one');
  second.warn('DL_SPOOL', 'two');
  second.warn('DL_REFUSED', 'three');
  await vi.waitFor(() => expect(told).toContain('three'));
  expect(told).toEqual(['one', 'three']);
});
