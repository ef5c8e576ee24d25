import { expect, it, vi } from 'vitest';
import { debug, enableDebug } from '../../src/process/debug.ts';
import { warn } from '../../src/process/warn.ts';

it('a warning and the details say nothing that a terminal obeys', async () => {
  const told: string[] = [];
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
