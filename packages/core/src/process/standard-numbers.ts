/** Keeps the numbers of closed standard streams from what we open. */
import fs from 'node:fs';
import type { Socket } from 'node:net';
import { attempt, guarded } from './guard.ts';

const { closeSync, fstatSync, openSync } = fs;

/**
 * What is opened next gets the number of a standard stream that the program has closed, and what it prints would go there. The event loop of
 * a thread ends the process if it gets one: https://github.com/libuv/libuv/blob/v1.x/src/unix/core.c (`uv__close`).
 * So a file that can't be written takes that number first: a write fails as it does without direct-logging.
 *
 * @returns Gives the numbers back to the program: what we have opened has one of its own.
 */
export function takeStandardNumbers(): () => void {
  const taken: number[] = [];
  for (const number of [0, 1, 2])
    try {
      fstatSync(number, { bigint: true });
    } catch {
      attempt(() => taken.push(openSync('/dev/null', 'r')));
    }
  return guarded(() => {
    for (const number of taken.splice(0)) closeSync(number);
  });
}

/** From now on, and again when its name is known, until the socket has a number: it may try several addresses. */
export function takeThemWhileConnecting(socket: Socket): void {
  const take = guarded(() => {
    const giveBack = guarded(takeStandardNumbers());
    socket.once('connect', giveBack).once('close', giveBack);
  });
  take();
  socket.once('lookup', take);
}
