/** Follows what VictoriaLogs holds: asks again and again by `_time`, so that it misses nothing, and prints each line once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LEVELS, levelNamed, type NamedServer } from '@direct-logging/core';
import { CommandError } from './command-error.ts';
import { TooLarge } from './fetch-from.ts';
import { ask, type Row } from './queries.ts';

export interface TailOptions {
  /** A LogsQL filter without pipes. Empty: everything. */
  readonly filter: string;
  /** Lowest level, in any case. Undefined: all. */
  readonly level: string | undefined;
  /** How long before now it begins, in milliseconds. */
  readonly sinceMs: number;
  /** False: ends after the first answer. */
  readonly follow: boolean;
  /** Takes a line that was not shown before. */
  readonly show: (row: Row) => void;
  /** Called with a sentence that says that the server is gone, or back. */
  readonly say: (sentence: string) => void;
  readonly signal: AbortSignal;
  /** Pause between two queries. Default: 1,000 milliseconds. */
  readonly pauseMs?: number | undefined;
}

/** How long after its time a line can arrive. Until then it is asked for, and longer if the server was away. */
const LATE_MS = 30_000;
const PAUSE_MS = 1_000;
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Shows lines in the order of their times, and late ones when they arrive.
 * @throws CommandError when the server refuses at first, or after 30 s without an answer. Without `follow`, on any failure.
 */
export async function tail(server: NamedServer, options: TailOptions): Promise<void> {
  const seen = new SeenRows();
  for await (const rows of answers(server, options)) {
    for (const row of seen.newAmong(rows)) options.show(row);
    if (!options.follow) return;
  }
}

async function* answers(server: NamedServer, options: TailOptions): AsyncGenerator<readonly Row[]> {
  const { follow, signal, say, pauseMs = PAUSE_MS } = options;
  const filter = filterOf(options);
  /** When the answered queries were asked. The next query begins at the first of these times, so that it finds late lines. */
  const answered = [Date.now() - options.sinceMs];
  let hasAnswered = false;
  let isAway = false;
  while (!signal.aborted) {
    const askedAt = Date.now();
    while ((answered[1] ?? askedAt) < askedAt - LATE_MS) answered.shift();
    const from = new Date(answered[0] as number).toISOString();
    const query = `_time:>=${from} ${filter} | sort by (_time)`;
    const question = ask(server, query, { signal, timeoutMs: ANSWER_TIMEOUT_MS });
    const answer = await question.catch((error: Error) => error);
    if (signal.aborted) return;
    if (answer instanceof Error) {
      if (!follow || isFinal(answer, hasAnswered)) throw answer;
      if (!isAway) say(`${answer.message}; trying on`);
    } else {
      if (isAway) say(`${server.url} answers again`);
      hasAnswered = true;
      answered.push(askedAt);
      yield answer;
    }
    isAway = answer instanceof Error;
    // If the server takes long to answer, the pause is as long.
    await sleep(Math.max(pauseMs, Date.now() - askedAt), undefined, { signal }).catch(() => {});
  }
}

/** Remembers the rows of the last answer, to find the new ones in the next answer. */
export class SeenRows {
  #counts = new Map<string, number>();

  /**
   * The rows that the last answer did not have. Rows with the same numbers and message are copies of a record, and count as one. The
   * numbers alone prove nothing: anybody who writes to the server can repeat them. Rows without numbers count as separate lines, even
   * if they are equal.
   */
  newAmong(rows: readonly Row[]): Row[] {
    const before = this.#counts;
    const counts = new Map<string, number>();
    this.#counts = counts;
    return rows.filter((row) => {
      const { 'shipper.id': id, 'shipper.seq': seq, _msg } = row;
      const isNumbered = id !== undefined && seq !== undefined;
      const key = isNumbered ? `${id} ${seq} ${_msg}` : JSON.stringify(row);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return isNumbered ? count === 1 && !before.has(key) : count > (before.get(key) ?? 0);
    });
  }
}

function filterOf({ filter, level }: TailOptions): string {
  const levels = level === undefined ? '' : `level:in(${levelsFrom(level).join(',')})`;
  // The newline ends a comment in the filter.
  return `${filter.trim() === '' ? '' : `(${filter}\n)`} ${levels}`;
}

function levelsFrom(name: string): readonly string[] {
  const level = levelNamed(name);
  if (level === undefined) {
    throw new CommandError(
      `--level: must be one of ${LEVELS.join(', ')}; got ${JSON.stringify(name)}`,
    );
  }
  return LEVELS.slice(LEVELS.indexOf(level));
}

function isFinal(error: unknown, hasAnswered: boolean): boolean {
  if (!(error instanceof CommandError)) return !hasAnswered;
  // The next answer would be larger still.
  if (error instanceof TooLarge) return true;
  const { status = 500 } = error;
  return !hasAnswered && status < 500 && status !== 429;
}
