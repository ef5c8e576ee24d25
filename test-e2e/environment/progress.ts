/** Progress for people who wait: one line when a long step starts, and one every ten seconds while it lasts. */

/** Takes one line of text for the person at the terminal. */
export type Say = (line: string) => void;

/** Says a line on stderr, so that stdout stays the program's result. */
export const sayOnStderr: Say = (line) => {
  process.stderr.write(`${line}\n`);
};

const REPEAT_MS = 10_000;

/** Says `what`, waits for the work, and says every ten seconds that it goes on. */
export async function during<T>(say: Say, what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  say(`${what} …`);
  const reminder = setInterval(() => {
    say(`  ${what}: ${Math.round((Date.now() - startedAt) / 1000)} s so far`);
  }, REPEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(reminder);
  }
}
