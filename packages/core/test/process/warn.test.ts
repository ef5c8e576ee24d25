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

it('a warning and the details say nothing that a terminal obeys', async () => {
  const told: string[] = [];
  const { warn, debug, enableDebug } = await import('../../src/process/warn.ts');
  process.on('warning', ({ message }) => told.push(message));
  const raw = vi.spyOn(process as unknown as { _rawDebug(text: string): void }, '_rawDebug');
  raw.mockImplementation((text) => void told.push(text));
  enableDebug();
  for (const say of [debug, (text: string) => warn('DL_CLOCK', text)]) {
    say('job=\x1b]52;c;aGk=\x07\u009b31m\u202e');
  }
  raw.mockRestore();
  await vi.waitFor(() => expect(told).toHaveLength(2));
  for (const text of told) expect(text).toMatch(/job=\\u001b\]52;c;aGk=\\u0007\\u009b31m\\u202e$/);
});
