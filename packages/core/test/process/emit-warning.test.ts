import { expect, it, vi } from 'vitest';
import { asPrinted, giveWarning, isAmong } from '../../src/process/emit-warning.ts';

it('hides secrets, knows its own warnings as Node prints them, and does not wait at an exit', () => {
  const told: string[] = [];
  const listener = ({ message }: Error) => told.push(message);
  process.on('warning', listener);
  const state = { warned: new Map(), exiting: true, secrets: ['hunter2hunter2'] };
  giveWarning('DL_REFUSED', 'no hunter2hunter2', state);
  process.off('warning', listener);
  expect(told).toEqual(['no ***']);
  const printed = asPrinted('DL_REFUSED', 'no ***');
  const hint = '\n(Use `node --trace-warnings ...` to show where the warning was created)';
  expect(
    [printed, printed + hint, `${printed}!`].map((text) => isAmong(state.warned, text)),
  ).toEqual([true, true, false]);
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
