import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const FATAL_ERRORS = new URL('../../src/process/fatal-errors.ts', import.meta.url).href;
const NAME = '_fatalException';

/** Runs a program whose fatal errors are heard, and gives what it printed. */
function run(isAtOnce: boolean, rest: string): string {
  const program = `import { handlerOf } from '${FATAL_ERRORS}';
    import { writeSync } from 'node:fs';
    const print = (text) => writeSync(1, text + '\\n');
    const own = Object.getOwnPropertyDescriptor(process, '${NAME}');
    let looked = 0;
    Object.defineProperty(process, '${NAME}', {
      get() {
        looked++;
        return handlerOf('${NAME}', own, [{ isAtOnce: () => ${isAtOnce} }], () => print('last'));
      },
    });
    ${rest}`;
  const args = ['--input-type=module', '-e', program];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim();
}

const THROWS = "process.on('uncaughtException', (error) => { print('heard'); throw error; });";

it.each([
  ['an error that nobody handles', true, "process.on('exit', () => print('exit'));", 'exit last'],
  ['a listener that throws while lines wait', false, THROWS, 'heard last'],
  ['a listener that throws while none waits', true, THROWS, 'heard'],
  ['one that does not throw', false, "process.on('uncaughtException', () => {});", ''],
])('what comes last after %s', (_, isAtOnce, listener, printed) => {
  const stdout = run(isAtOnce, `${listener} throw new Error('thrown');`);
  expect(stdout.split('\n').join(' ')).toBe(printed);
});

it('leaves the stacks that listeners make as they are while no line waits', () => {
  const listener = "process.on('uncaughtException', () => print(new Error('made').stack));";
  const fail = 'setTimeout(() => { throw 1; });';
  const bare = ['--input-type=module', '-e', `const print = console.log; ${listener} ${fail}`];
  const { stdout } = spawnSync(process.execPath, bare, { encoding: 'utf8' });
  const frames = (text: string) => text.replace(/\[eval1\]:\d+:\d+|\(file:.*\)/g, '');
  expect(stdout).toContain(NAME);
  expect(frames(run(true, listener + fail))).toBe(frames(stdout.trim()));
});

it('hears of each error, and leaves what another module puts in its place', () => {
  const fail = (then: string) => `setTimeout(() => { ${then}; throw 1; });`;
  const replace = `process.${NAME}; process.${NAME} = (...args) => (print('other'), own.value(...args))`;
  const printed = run(
    true,
    `const steps = [() => { ${fail('')} }, () => { ${fail(replace)} }, () => { ${fail('print(looked)')} }];
    process.on('uncaughtException', () => setImmediate(() => steps.shift()?.()));
    ${fail('')}`,
  );
  // Twice by Node, and once by what replaced it.
  expect(printed).toBe('other\n3\nother');
});
