/** Keeps the numbers of closed standard streams from what we open. */
import fs from 'node:fs';
import { attempt } from './guard.ts';

const { fstatSync, openSync } = fs;

/**
 * What is opened next gets the number of a standard stream that the program has closed, and what it prints would go there. The event loop of
 * a thread ends the process if it gets one: https://github.com/libuv/libuv/blob/v1.x/src/unix/core.c (`uv__close`).
 * So a file that can't be written takes that number first: a write fails as it does without direct-logging.
 */
export function takeStandardNumbers(): void {
  for (const number of [0, 1, 2])
    try {
      fstatSync(number, { bigint: true });
    } catch {
      attempt(() => openSync('/dev/null', 'r'));
    }
}
