/** Randomness. `node:crypto` would cost milliseconds at start, and nothing that is made here guards a secret. */

/** From 0 to 1. */
export const random: () => number = Math.random;

/** 13 characters of `0-9a-z`, 12 of them random: differs between processes, and between two calls. */
export function randomId(): string {
  const six = () =>
    Math.floor(random() * 36 ** 6)
      .toString(36)
      .padStart(6, '0');
  return `${(process.pid % 36).toString(36)}${six()}${six()}`;
}
