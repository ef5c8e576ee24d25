/**
 * Every interleaving of the process and its thread: all orders of their steps on the shared word, wake-ups without a reason, and
 * every moment at which a limit can pass. Both sides run their real code; a step is one operation on the word.
 */
import { describe, expect, it } from 'vitest';
import {
  type Limits,
  type Position,
  Progress,
  STAGE,
  Watch,
  type Word,
} from '../../../src/senders/exit-thread/protocol.ts';

/** Picks one of so many ways to go on. */
interface Choose {
  (ways: number): number;
  /** False while the beginning of an earlier run is repeated. */
  isNew(): boolean;
}

/** Calls `run` once for each sequence of choices; returns how many there are. */
function explore(run: (choose: Choose) => void): number {
  const path: Array<{ at: number; readonly ways: number }> = [];
  for (let runs = 1; ; runs++) {
    const repeated = path.length;
    let depth = 0;
    const choose = (ways: number): number => {
      if (ways === 1) return 0;
      path[depth] ??= { at: 0, ways };
      return (path[depth++] as { at: number }).at;
    };
    run(Object.assign(choose, { isNew: () => depth >= repeated }));
    path.length = depth;
    while (path.length > 0 && (path.at(-1) as { at: number }).at + 1 === path.at(-1)?.ways)
      path.pop();
    const last = path.at(-1);
    if (last === undefined) return runs;
    last.at++;
  }
}

/** Something that must never happen did. */
class Violation extends Error {}

/** All that follows from here was explored before. */
class Known extends Error {}

/** The process waits until the thread has ended, or is given up. */
function awaitEnd(word: Word, limits: Limits, now: () => number): Position {
  const watch = new Watch(word, limits, now);
  while (watch.wait(Number.POSITIVE_INFINITY));
  return watch.position;
}

interface Case {
  /** What the thread does, step by step. */
  readonly script: ReadonlyArray<(progress: Progress) => boolean>;
  readonly limits: Limits;
  /** How often the process may wake up without a reason. */
  readonly spurious: number;
  readonly wait?: typeof awaitEnd;
  /** States of both sides at the moment when the process begins to wait. */
  readonly known: Set<string>;
}

/** One run of both sides, in the order that `choose` gives. */
function runBoth({ script, limits, spurious, known, wait = awaitEnd }: Case, choose: Choose) {
  let value = 0;
  let clock = 0;
  let changedAt = 0;
  let spuriousLeft = spurious;
  let step = 0;
  let isStopped = false;
  let isWakeUpDue = false;
  const word: Word = {
    load: () => value,
    compareExchange(expected, next) {
      const before = value;
      if (before === expected) {
        value = next;
        changedAt = clock;
      }
      return before;
    },
    wait() {
      throw new Violation('the thread waits');
    },
    // The notification is a step of its own.
    notify() {
      isWakeUpDue = true;
    },
  };
  const progress = new Progress(word);
  const threadCanMove = () => isWakeUpDue || (!isStopped && step < script.length);
  let isAsleep = false;
  /** Returns whether the step wakes the process. */
  const moveThread = (): boolean => {
    if (isWakeUpDue) {
      isWakeUpDue = false;
      return isAsleep;
    }
    const act = script[step++] as (progress: Progress) => boolean;
    isStopped = !act(progress);
    return false;
  };
  /** Between two operations of the process the thread may take any number of steps. */
  const others = (): void => {
    while (threadCanMove() && choose(2) === 1) moveThread();
  };
  const processWord: Word = {
    load() {
      others();
      return value;
    },
    compareExchange(expected, next) {
      others();
      const before = value;
      if (before === expected) value = next;
      return before;
    },
    wait(expected, ms) {
      // `expected` and `ms` are all that the process remembers.
      const state = [expected, ms, value, step, isWakeUpDue, clock, changedAt, spuriousLeft].join();
      if (choose.isNew() && known.has(state)) throw new Known();
      known.add(state);
      others();
      if (value !== expected) return;
      isAsleep = true;
      for (;;) {
        const ways = ['timeout', 'thread', 'spurious'].filter(
          (way) =>
            (way === 'timeout' && ms < Number.POSITIVE_INFINITY) ||
            (way === 'thread' && threadCanMove()) ||
            (way === 'spurious' && spuriousLeft > 0),
        );
        if (ways.length === 0) throw new Violation('the process sleeps for ever');
        const way = ways[choose(ways.length)];
        if (way === 'thread' && !moveThread()) continue;
        if (way === 'timeout') clock += ms;
        if (way === 'spurious') spuriousLeft--;
        break;
      }
      isAsleep = false;
    },
    notify() {
      throw new Violation('the process wakes the thread');
    },
  };
  const position = wait(processWord, limits, () => clock);
  const waited = { total: clock, sinceChange: clock - changedAt };
  // The thread goes on, as far as it is let.
  while (threadCanMove()) moveThread();
  return { position, waited };
}

const ALL = (bodies: number): Case['script'] => [
  (progress) => progress.reached(STAGE.running),
  (progress) => progress.reached(STAGE.resolved),
  (progress) => progress.reached(STAGE.connected),
  ...Array.from({ length: bodies }, () => [
    (progress: Progress) => progress.begun(),
    (progress: Progress) => progress.acknowledged(),
  ]).flat(),
  (progress) => progress.ended(),
];

/** The thread's own view of what it did: how many acknowledgements it could note, and whether a body is begun. */
function counted(script: Case['script']) {
  const did = { acknowledged: 0, isInFlight: false, isEnded: false };
  const wrapped = script.map((act, at) => (progress: Progress): boolean => {
    const isLet = act(progress);
    const isLast = at === script.length - 1;
    if (!isLet) return false;
    if (isLast) did.isEnded = true;
    else if (at >= 3 && at % 2 === 1) did.isInFlight = true;
    else if (at >= 3) {
      did.isInFlight = false;
      did.acknowledged++;
    }
    return true;
  });
  return { did, wrapped };
}

function check(given: Omit<Case, 'script' | 'known'>, bodies: number): Set<string> {
  const seen = new Set<string>();
  const known = new Set<string>();
  const runs = explore((choose) => {
    const { did, wrapped } = counted(ALL(bodies));
    const run = runUnlessKnown({ ...given, known, script: wrapped }, choose);
    if (run === undefined) return;
    const { position, waited } = run;
    const { acknowledged, isInFlight, isEnded, stage } = position;
    // Both know the same, also after the process has given up and the thread has gone on.
    expect({ acknowledged, isInFlight, isEnded }).toEqual(did);
    if (!isEnded) {
      const { connectMs, timeoutMs } = given.limits;
      const isConnecting = stage > STAGE.starting && stage < STAGE.connected;
      const isLate = waited.total >= timeoutMs || (isConnecting && waited.sinceChange >= connectMs);
      if (!isLate) throw new Violation(`gave up in stage ${stage} after ${waited.total} ms`);
    }
    seen.add(nameOf(position));
  });
  expect(runs).toBeGreaterThan(1_000);
  return seen;
}

function runUnlessKnown(given: Case, choose: Choose): ReturnType<typeof runBoth> | undefined {
  try {
    return runBoth(given, choose);
  } catch (error) {
    if (error instanceof Known) return undefined;
    throw error;
  }
}

function nameOf({ stage, acknowledged, isInFlight, isEnded }: Position): string {
  return `${stage} ${acknowledged}${isInFlight ? '+' : ''}${isEnded ? ' ended' : ''}`;
}

const PATIENT = { connectMs: Number.POSITIVE_INFINITY, timeoutMs: Number.POSITIVE_INFINITY };

describe('process and thread', () => {
  it('always come to the end when there is no limit, and no wake-up is lost', () => {
    expect(check({ limits: PATIENT, spurious: 2 }, 2)).toEqual(new Set(['3 2 ended']));
  });

  it('agree on what was sent, whenever the process gives up', () => {
    const seen = check({ limits: { connectMs: 4, timeoutMs: 10 }, spurious: 1 }, 2);
    expect([...seen].sort()).toEqual([
      '0 0',
      '1 0',
      '2 0',
      '3 0',
      '3 0+',
      '3 1',
      '3 1+',
      '3 2',
      '3 2 ended',
    ]);
  });

  it.each([
    ['a step takes too long', 2_000, 500],
    ['the time is up in the middle of one', 700, 700],
  ])('know the limit when %s', (_, timeoutMs, limitMs) => {
    let clock = 0;
    let value: number = STAGE.starting;
    const wait = (): void => {
      clock += 300;
      value = STAGE.running;
    };
    const word = { load: () => value, compareExchange: () => value, wait, notify() {} };
    const watch = new Watch(word, { connectMs: 500, timeoutMs }, () => clock);
    while (watch.wait(10));
    expect(watch.limitMs).toBe(limitMs);
  });

  it.each([
    ['while it waits for a connection', STAGE.running, 'in', 500],
    ['while it waits for the thread', STAGE.starting, 'in', 2_000],
    ['between two waits', STAGE.starting, 'after', 2_000],
  ])('do not count the time in which the process is frozen %s', (_, stage, where, givesUpAfter) => {
    const FROZEN_MS = 3_000;
    let clock = 0;
    const word: Word = {
      load: () => stage,
      compareExchange: () => stage,
      wait(_, ms) {
        clock += clock === 0 && where === 'in' ? ms + FROZEN_MS : ms;
      },
      notify() {},
    };
    const watch = new Watch(word, { connectMs: 500, timeoutMs: 2_000 }, () => clock);
    watch.wait(10);
    if (where === 'after') clock += FROZEN_MS;
    while (watch.wait(10));
    expect(clock).toBe(FROZEN_MS + givesUpAfter);
  });

  it.each<[string, typeof awaitEnd]>([
    [
      'waits once instead of in a loop',
      (word, limits, now) => {
        const value = word.load();
        word.wait(value, limits.timeoutMs);
        return awaitEnd(word, { connectMs: 0, timeoutMs: 0 }, now);
      },
    ],
    [
      'gives up without an agreement',
      (word, limits, now) => {
        const isIn = { ...word, compareExchange: (expected: number) => expected };
        return awaitEnd(isIn, limits, now);
      },
    ],
    [
      'waits for a change of what it has not looked at',
      (word, limits, now) => {
        const blind = { ...word, wait: (_: number, ms: number) => word.wait(word.load(), ms) };
        return awaitEnd(blind, limits, now);
      },
    ],
  ])('would be caught if the process %s', (_, wait) => {
    const given = { wait, spurious: 1, limits: { connectMs: 4, timeoutMs: 10 } };
    const patient = { ...given, limits: PATIENT };
    expect(() => {
      check(given, 1);
      check(patient, 1);
    }).toThrow();
  });
});
