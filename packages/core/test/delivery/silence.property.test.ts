/** What a flush makes of connections that stay silent: the plan of the wait and the rule of what is sent again, put together. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlushPlan } from '../../src/delivery/flush-plan.ts';
import { Doubt } from '../../src/senders/write-through/doubt.ts';

const LINE_BYTES = 256;

interface World {
  /** Lines of the silent request. */
  readonly lines: number;
  readonly timeoutMs: number;
  /** How long a new connection and an empty request take. */
  readonly emptyMs: number;
  /** How much longer a request takes for each of its lines. */
  readonly msPerLine: number;
  /** When the silent request is answered; `Infinity` if its connection is dead. */
  readonly oldAnswerAt: number;
}

const worlds = fc.record({
  lines: fc.integer({ min: 1, max: 100_000 }),
  timeoutMs: fc.constantFrom(300, 2_000, 10_000),
  emptyMs: fc.integer({ min: 1, max: 500 }),
  msPerLine: fc.double({ min: 0.001, max: 10, noNaN: true }),
  oldAnswerAt: fc.oneof(fc.integer({ min: 1, max: 12_000 }), fc.constant(Number.POSITIVE_INFINITY)),
});

/** Plays one flush, millisecond by millisecond. Returns how many lines the server has, and how many of them twice. */
function play({ lines, timeoutMs, emptyMs, msPerLine, oldAnswerAt }: World) {
  const plan = new FlushPlan(0, timeoutMs);
  const isDead = oldAnswerAt === Number.POSITIVE_INFINITY;
  let doubt = new Doubt(0, 0);
  let [repeated, acknowledged] = [0, 0];
  let answerAt = Number.POSITIVE_INFINITY;
  let newer = { bytes: 0, ms: emptyMs };
  const repeat = (count: number, now: number): void => {
    const more = Math.min(lines - repeated, count);
    repeated += more;
    newer = { bytes: more * LINE_BYTES, ms: Math.ceil(emptyMs + more * msPerLine) };
    answerAt = now + newer.ms;
  };
  for (let now = 0; ; now++) {
    const isSilent = now < oldAnswerAt && repeated < lines;
    const pending = now >= oldAnswerAt ? repeated - acknowledged : lines - acknowledged;
    const step = plan.next(now, { settled: -pending, untaken: 0 });
    if (step === 'stop' || pending === 0) break;
    if (step === 'suspect') {
      doubt = new Doubt(now, now + plan.waitMs(now));
      answerAt = now + emptyMs;
    }
    if (now >= answerAt) {
      acknowledged = repeated;
      answerAt = Number.POSITIVE_INFINITY;
      doubt.answered(lines * LINE_BYTES, newer, now - newer.ms, now);
    }
    const bytes = isSilent ? doubt.due(now) : 0;
    if (bytes > 0) repeat(Math.ceil(bytes / LINE_BYTES), now);
  }
  return { stored: isDead ? repeated : lines, twice: isDead ? 0 : repeated };
}

test('a dead connection loses nothing at a healthy server', () => {
  fc.assert(
    fc.property(worlds, fc.integer({ min: 1, max: 3 }), (world, emptyMs) => {
      const healthy = { ...world, timeoutMs: 2_000, emptyMs, msPerLine: 0.01 };
      fc.pre(world.lines <= 1_000);
      expect(play({ ...healthy, oldAnswerAt: Number.POSITIVE_INFINITY }).stored).toBe(world.lines);
    }),
  );
});

test('a busy or frozen server stores 65 lines twice at most, if it then answers in less than five times the time', () => {
  fc.assert(
    fc.property(worlds, fc.integer({ min: 1, max: 9_000 }), (world, frozenMs) => {
      const ms = world.lines * (world.emptyMs / 64 + world.msPerLine);
      const oldAnswerAt = frozenMs + 4 * ms;
      // While it is frozen, it answers nothing.
      const emptyMs = Math.max(world.emptyMs, frozenMs - world.timeoutMs / 2);
      expect(play({ ...world, emptyMs, oldAnswerAt }).twice).toBeLessThanOrEqual(65);
    }),
  );
});

test('a server that is busy with everything stores nothing twice', () => {
  fc.assert(
    fc.property(worlds, fc.integer({ min: 1, max: 5 }), (world, times) => {
      const oldAnswerAt = world.timeoutMs / 2 + times * world.emptyMs;
      expect(play({ ...world, oldAnswerAt }).twice).toBe(0);
    }),
  );
});

test('a server that answers all requests as slowly stores nothing twice', () => {
  fc.assert(
    fc.property(worlds, fc.integer({ min: 1, max: 2_000 }), (world, slowMs) => {
      expect(play({ ...world, emptyMs: slowMs, oldAnswerAt: slowMs }).twice).toBe(0);
    }),
  );
});
