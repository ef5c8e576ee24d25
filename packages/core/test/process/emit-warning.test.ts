import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
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

it.each([
  ['exits in the same tick', 'process.exit(3)', 3],
  ['ends with an error', 'throw new Error()', 1],
  ['goes on', "process.emit('exit'); setTimeout(() => {})", 0],
  [
    'exits at a warning',
    "process.on('exit', () => { process.exitCode = 4; }).on('warning', () => process.exit())",
    4,
  ],
])('a program that %s shows a warning once', (_, end, code) => {
  const warn = new URL('../../src/process/warn.ts', import.meta.url).href;
  const program = `import { warn } from '${warn}'; warn('DL_CLOCK', 'late'); ${end};`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  expect([status, stderr.toString().match(/DL_CLOCK\] \w+: late/g)?.length]).toEqual([code, 1]);
});
