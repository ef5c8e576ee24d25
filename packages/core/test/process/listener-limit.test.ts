import { EventEmitter } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { allowOneListenerMore, listenFirst } from '../../src/process/listener-limit.ts';

const before = EventEmitter.defaultMaxListeners;
const undos: (() => void)[] = [];
afterEach(() => {
  for (const undo of undos.splice(0)) undo();
  EventEmitter.defaultMaxListeners = before;
});

it('follows the default, adds up, and is taken back', () => {
  const limit = process.getMaxListeners();
  const undo = allowOneListenerMore();
  expect(process.getMaxListeners()).toBe(limit + 1);
  undos.push(allowOneListenerMore());
  expect(process.getMaxListeners()).toBe(limit + 2);
  EventEmitter.defaultMaxListeners = before + 90;
  expect(process.getMaxListeners()).toBe(limit + 92);
  undo();
  expect(process.getMaxListeners()).toBe(limit + 91);
});

it('keeps what the application sets, no limit included', () => {
  const own = Reflect.get(process, '_maxListeners');
  undos.push(allowOneListenerMore());
  const limit = process.getMaxListeners();
  process.setMaxListeners(50);
  expect(process.getMaxListeners()).toBeGreaterThan(50);
  process.setMaxListeners(0);
  expect(process.getMaxListeners()).toBe(0);
  Reflect.set(process, '_maxListeners', typeof own === 'number' ? own : undefined);
  expect(process.getMaxListeners()).toBe(limit);
});

it('listens before others, throws nothing, and stops', () => {
  const others = process.listeners('exit');
  const stop = listenFirst(['exit'], () => {
    throw new Error('ours');
  });
  undos.push(stop);
  const [first, ...rest] = process.listeners('exit');
  expect(rest).toEqual(others);
  expect(() => first?.(0)).not.toThrow();
  stop();
  expect(process.listeners('exit')).toEqual(others);
});
