import { expect, it } from 'vitest';
import { IdleTimeout } from '../../src/senders/idle-timeout.ts';

it('knows after how long idle connections are closed once this has happened twice', () => {
  const idleTimeout = new IdleTimeout();
  expect([5_000, 5_090, 5_500, 5_000].map((ms) => idleTimeout.explains(ms))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(idleTimeout.explains(1_000)).toBe(false);
});

it('tells a server that is killed again from one that closes what is idle: a connection lasted longer meanwhile', () => {
  const idleTimeout = new IdleTimeout();
  expect(idleTimeout.explains(1_300)).toBe(false);
  idleTimeout.lasted(1_320);
  expect(idleTimeout.explains(1_300)).toBe(true);
  idleTimeout.lasted(3_000);
  expect(idleTimeout.explains(1_300)).toBe(false);
  idleTimeout.lasted(100);
  expect(idleTimeout.explains(1_300)).toBe(true);
});

it('knows of connections that are closed soon after each answer, but not if they were used for several requests', () => {
  const idleTimeout = new IdleTimeout();
  expect([0, 3, 90].map((ms) => idleTimeout.explains(ms))).toEqual([false, true, true]);
  // As a busy program whose server is killed now and then.
  for (const idleMs of [2, 4, 2]) {
    idleTimeout.keepsAlive = true;
    expect(idleTimeout.explains(idleMs)).toBe(false);
  }
  // A server that is killed again right after its first answer.
  expect(idleTimeout.explains(600)).toBe(false);
  expect(idleTimeout.explains(50)).toBe(false);
  expect(idleTimeout.explains(5_000)).toBe(false);
  expect(idleTimeout.explains(5_000)).toBe(true);
});

it('knows a short idle timeout, though other connections are used meanwhile', () => {
  const idleTimeout = new IdleTimeout();
  expect(idleTimeout.explains(500)).toBe(false);
  for (const idleMs of [505, 590, 510]) {
    idleTimeout.keepsAlive = true;
    idleTimeout.lasted(300);
    expect(idleTimeout.explains(idleMs)).toBe(true);
  }
});
