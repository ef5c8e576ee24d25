import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { inspect, stripVTControlCharacters } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { fatalInput, printedFatals } from '../src/fatal.ts';

const unreadable = Object.defineProperty(new Error('x'), 'stack', {
  get() {
    throw new Error('of a getter');
  },
});

/** As source-map-support does in ts-node. */
function replaceEmit(): void {
  const before = Object.getOwnPropertyDescriptor(process, 'emit');
  Object.defineProperty(process, 'emit', { value: process.emit, configurable: true });
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(process, 'emit');
    else Object.defineProperty(process, 'emit', before);
  });
}

it('is a record of the text that Node prints, with the error', () => {
  const error = new RangeError('broken');
  expect(fatalInput(error)).toEqual({
    ...{ level: 'FATAL', stream: 'stderr', logger: 'stderr', error },
    text: error.stack,
  });
  expect(fatalInput('just text').text).toBe("Uncaught 'just text'");
});

it('shows as much of the error as Node prints, without colors', () => {
  const makes = `const error = new Error('broken');
    error.stack = '\\x1b[31mError\\x1b[0m: broken\\n    at f (file.js:1:2)';
    error.deep = { 2: { 3: { 4: { 5: { 6: { 7: 8 } } } } } };
    error.own = { [Symbol.for('nodejs.util.inspect.custom')]: () => 'of its own' };`;
  const node = spawnSync(process.execPath, ['-e', `${makes} throw error`], { encoding: 'utf8' });
  const [, printed] = /^.*?\n\n(.*?)\n\nNode\.js/s.exec(node.stderr) ?? [];
  const error = new Function(`${makes} return error`)() as Error;
  expect(printed).toContain("'6': [Object]");
  expect(fatalInput(error).text).toBe(stripVTControlCharacters(printed ?? ''));
});

it('says where the error was emitted if nobody listened to it', () => {
  const error = Object.assign(new RangeError('broken'), { code: 'E_TOLD' });
  expect(() => new EventEmitter().emit('error', error)).toThrow(error);
  const { text } = fatalInput(error);
  expect(text).toMatch(
    /^RangeError: broken\n.*\nEmitted 'error' event at:\n.* {\n {2}code: 'E_TOLD'\n}$/s,
  );
  // As an error of the file system, which has no frames.
  const bare = Object.assign(new RangeError('broken'), { stack: 'RangeError: broken', code: 'E' });
  expect(() => new EventEmitter().emit('error', bare)).toThrow(bare);
  expect(fatalInput(bare)).toMatchObject({
    text: expect.stringMatching(
      /^RangeError: broken\nEmitted 'error' event at:\n.* { code: 'E' }$/s,
    ),
    error: bare,
  });
  Reflect.deleteProperty(error, 'stack');
  expect(fatalInput(error).text).toContain('broken');
});

it('is a record also if it cannot be read', () => {
  expect(fatalInput(unreadable)).toMatchObject({ level: 'FATAL', text: '[Error: x]' });
});

it('has nothing of the error that Node does not print', () => {
  const error = new Error('postgres://app:hunter2@db');
  error.stack = `${error.stack}`.replace('app:hunter2@', '');
  expect(JSON.stringify(fatalInput(error))).not.toContain('hunter2');
  expect(fatalInput(error).error).toBeUndefined();
  const thrown = Object.defineProperty({ a: 1 }, 'message', { value: 'hunter2' });
  expect(fatalInput(thrown)).toMatchObject({ text: 'Uncaught { a: 1 }', error: undefined });
});

it('can be printed by others only where process.emit is not Node’s own', () => {
  const error = new Error('broken');
  const isNodes = !Object.hasOwn(process, 'emit');
  if (isNodes) expect(printedFatals(error)).toEqual([]);
  replaceEmit();
  expect(new Set(printedFatals(error))).toEqual(new Set([error.stack]));
  expect(new Set(printedFatals(null))).toEqual(new Set(['null', undefined]));
  // As the errors that ts-node's compiler finds.
  const shown = Object.assign(new Error('broken'), { [inspect.custom]: () => 'of its own' });
  expect(printedFatals(shown)).toContain('of its own');
  expect(printedFatals(shown)).toContain(inspect(shown, { customInspect: false }));
  expect(printedFatals(unreadable)).toEqual([]);
});
