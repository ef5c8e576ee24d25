import { expect, it } from 'vitest';
import { COMMANDS, type CommandName, help, isCommand, synopsisOf } from '../src/commands.ts';

const NAMES = Object.keys(COMMANDS) as CommandName[];

it('the help fits 120 columns', () => {
  const lines = [help(), ...NAMES.map(help)].flatMap((text) => text.split('\n'));
  expect(lines.filter(({ length }) => length > 120)).toEqual([]);
});

it('a synopsis has the argument and every option', () => {
  expect(synopsisOf('tail')).toBe(
    'tail [LOGSQL] [-f] [--since 5m] [--level WARN] [--fields job,trace_id] [--json]',
  );
  expect(synopsisOf('run')).toBe('run [--] COMMAND [ARGUMENT...]');
});

it('examples are calls of the command', () => {
  for (const name of NAMES) expect(COMMANDS[name].example).toContain(`direct-logging ${name}`);
});

it('what every object inherits is no command', () => {
  expect(['tail', 'toString', ''].map(isCommand)).toEqual([true, false, false]);
});
