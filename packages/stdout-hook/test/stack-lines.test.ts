import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { StackLines } from '../src/stack-lines.ts';

function held() {
  const messages: string[] = [];
  const lines = new StackLines((stream, message) => messages.push(`${stream} ${message}`));
  return { messages, lines };
}

it('frames of one tick stay with the line that names the error', async () => {
  const { messages, lines } = held();
  lines.add('stderr', 'TypeError: no');
  lines.add('stderr', '    at one');
  lines.add('stderr', '    at two');
  expect(messages).toEqual([]);
  await turn();
  lines.add('stderr', '    at nothing');
  expect(messages).toEqual([
    'stderr TypeError: no\n    at one\n    at two',
    'stderr     at nothing',
  ]);
});

it('causes of one tick stay with the frames above them', async () => {
  const { messages, lines } = held();
  const written = [
    'a.Exception: x',
    '\tat b',
    'Caused by: c.Exception: y',
    '\tat d',
    '\t... 2 more',
  ];
  for (const line of written) lines.add('stderr', line);
  lines.add('stderr', 'b.Exception: x\n\tat b');
  lines.add('stderr', 'Caused by: y');
  await turn();
  expect(messages).toEqual([
    `stderr ${written.join('\n')}`,
    'stderr b.Exception: x\n\tat b\nCaused by: y',
  ]);
});

it('anything else leaves at once, and behind what was held', () => {
  const { messages, lines } = held();
  lines.add('stdout', 'Errors: none');
  lines.add('stdout', 'no Error: here');
  expect(messages).toHaveLength(2);
  lines.add('stderr', 'org.example.IoException: closed');
  lines.add('stdout', '    at the window');
  expect(messages.slice(2)).toEqual([
    'stderr org.example.IoException: closed',
    'stdout     at the window',
  ]);
});

it('a stack that is complete in its write does not wait', () => {
  const { messages, lines } = held();
  lines.add('stderr', 'TypeError: no\n    at run (file:///app/main.mjs:1:7)');
  expect(messages).toHaveLength(1);
  expect(lines.isHolding).toBe(false);
});

it('what is held leaves with a flush', () => {
  const { messages, lines } = held();
  lines.add('stderr', 'Error [ERR_X]: no');
  lines.flush();
  lines.flush();
  expect(messages).toEqual(['stderr Error [ERR_X]: no']);
});

it('what is held leaves although the application has replaced the clock', async () => {
  const { messages, lines } = held();
  const replaced = vi.spyOn(process, 'nextTick').mockImplementation(() => {});
  lines.add('stderr', 'TypeError: no');
  replaced.mockRestore();
  await turn();
  expect(messages).toEqual(['stderr TypeError: no']);
});

it('a line leaves in the context of whoever wrote it, whatever comes next in its tick', async () => {
  const requests = new AsyncLocalStorage<string>();
  const messages: string[] = [];
  const lines = new StackLines((_, line) => messages.push(`${requests.getStore()}: ${line}`));
  requests.run('a', () => lines.add('stderr', 'TypeError: of a'));
  requests.run('b', () => lines.add('stdout', 'of b'));
  requests.run('c', () => lines.add('stderr', 'TypeError: of c'));
  requests.run('d', () => lines.flush());
  requests.run('e', () => lines.add('stderr', 'TypeError: of e'));
  await turn();
  expect(messages).toEqual([
    'a: TypeError: of a',
    'b: of b',
    'c: TypeError: of c',
    'e: TypeError: of e',
  ]);
});
