import { expect, it } from 'vitest';
import { Patience } from '../../src/senders/patience.ts';

it('knows after how long idle connections are closed once this has happened twice', () => {
  const patience = new Patience();
  expect([5_000, 5_090, 5_500, 5_000].map((ms) => patience.isOver(ms))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(patience.isOver(1_000)).toBe(false);
});

it('tells a server that is killed again from one that closes what is idle: a connection lasted longer meanwhile', () => {
  const patience = new Patience();
  expect(patience.isOver(1_300)).toBe(false);
  patience.lasted(1_320);
  expect(patience.isOver(1_300)).toBe(true);
  patience.lasted(3_000);
  expect(patience.isOver(1_300)).toBe(false);
  patience.lasted(100);
  expect(patience.isOver(1_300)).toBe(true);
});

it('knows of connections that are closed soon after each answer, but not if they were used for several requests', () => {
  const patience = new Patience();
  expect([0, 3, 90].map((ms) => patience.isOver(ms))).toEqual([false, true, true]);
  // As a busy program whose server is killed now and then.
  for (const idleMs of [2, 4, 2]) {
    patience.keepsConnections = true;
    expect(patience.isOver(idleMs)).toBe(false);
  }
  // A server that is killed again right after its first answer.
  expect(patience.isOver(600)).toBe(false);
  expect(patience.isOver(50)).toBe(false);
  expect(patience.isOver(5_000)).toBe(false);
  expect(patience.isOver(5_000)).toBe(true);
});

it('knows a short idle timeout, though other connections are used meanwhile', () => {
  const patience = new Patience();
  expect(patience.isOver(500)).toBe(false);
  for (const idleMs of [505, 590, 510]) {
    patience.keepsConnections = true;
    patience.lasted(300);
    expect(patience.isOver(idleMs)).toBe(true);
  }
});
