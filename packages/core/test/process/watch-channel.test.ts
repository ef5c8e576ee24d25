import dc from 'node:diagnostics_channel';
import { expect, it, vi } from 'vitest';
import { watchChannel } from '../../src/process/watch-channel.ts';

it('sees what is published, before the subscribers of the program, until it is stopped', () => {
  const name = 'direct-logging:test';
  const channel = dc.channel(name);
  const seen: string[] = [];
  const stop = watchChannel(name, (message) => seen.push(`ours ${message}`));
  const subscriber = (message: unknown) => void seen.push(`of the program ${message}`);

  expect(dc.hasSubscribers(name)).toBe(true);
  channel.publish(1);
  channel.subscribe(subscriber);
  channel.publish(2);
  stop();
  channel.publish(3);
  channel.unsubscribe(subscriber);
  expect(dc.hasSubscribers(name)).toBe(false);
  channel.publish(4);

  expect(seen).toEqual(['ours 1', 'ours 2', 'of the program 2', 'of the program 3']);
});

it('throws what a full stack throws, which the program may catch', async () => {
  const name = 'direct-logging:full';
  const channel = dc.channel(name);
  const uncaught = vi.fn();
  process.prependListener('uncaughtException', uncaught);
  const stop = watchChannel(name, () => {});
  const levels: number[] = [];
  const deeper = (level: number): void => {
    levels.push(level);
    try {
      deeper(level + 1);
    } catch (error) {
      if (level > levels.length - 300) channel.publish(level);
      throw error;
    }
  };

  expect(() => deeper(0)).toThrow(RangeError);
  await new Promise(setImmediate);
  stop();
  process.off('uncaughtException', uncaught);
  expect(uncaught).not.toHaveBeenCalled();
});
