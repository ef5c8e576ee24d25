import { expect, it, onTestFinished } from 'vitest';
import { Capture } from '../../src/capture.ts';
import { pm2 } from '../../src/writers/pm2.ts';

it('captures what pm2 sends to its daemon in place of printing it, and every other message passes', () => {
  const sent: unknown[] = [];
  const before = Object.getOwnPropertyDescriptor(process, 'send');
  const send = (message: unknown) => sent.push(message) > 0;
  Object.defineProperty(process, 'send', { value: send, writable: true, configurable: true });
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(process, 'send');
    else Object.defineProperty(process, 'send', before);
  });
  const [, program] = process.argv;
  process.argv[1] = '/app/node_modules/pm2/lib/ProcessContainer.js';
  onTestFinished(() => {
    process.argv[1] = program as string;
  });
  const taken: string[] = [];
  const capture = new Capture({ write: ({ stream, text }) => taken.push(`${stream} ${text}`) }, []);
  const undo = pm2().install?.(capture) ?? (() => {});
  const messages = [
    { type: 'log:out', data: 'a line\n' },
    { type: 'log:err', data: 'an error line\n' },
    { type: 'process:msg', data: 'no output\n' },
    'no object',
    null,
  ];
  for (const message of messages) expect(process.send?.(message)).toBe(true);
  expect(taken).toEqual(['stdout a line', 'stderr an error line']);
  expect(sent).toEqual(messages);
  undo();
  expect(process.send).toBe(send);
});

it('does nothing in a program that pm2 does not run itself', () => {
  expect(pm2()).toEqual({});
});
