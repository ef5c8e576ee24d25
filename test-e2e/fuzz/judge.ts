/** What must hold after a round, whatever happened in it. Pure. */
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import type { Row } from '../environment/victorialogs-queries.ts';
import { type Seen, whatItPrinted } from '../kill-matrix/what-it-printed.ts';
import {
  EXCEPTIONS,
  excuseOfStop,
  isKilled,
  longestStandstill,
  lossesOfServer,
  wasEverTroubled,
} from './exceptions.ts';
import { AMPLE_EXIT_MS, isCrowd, linesOf, type ProgramPlan, type Step } from './plan.ts';
import type { RoundFacts } from './run-plan.ts';
import type { ProgramFacts } from './run-program-plan.ts';

/** Something that must not be. */
interface Violation {
  readonly rule: Rule;
  /** Which program; undefined for the server. */
  readonly program?: number;
  readonly text: string;
}

type Rule =
  | 'every line is stored or reported'
  | 'nothing is given up without need'
  | 'lines are in order'
  | 'lines are stored once'
  | 'lines are stored as written'
  | 'losses are told'
  | 'a stop of the server loses nothing of others'
  | 'every program ends in time'
  | 'a program ends and prints as without direct-logging'
  | 'no credential is shown'
  | 'a drained spool is empty';

/** What came of a round. */
export interface Verdict {
  readonly violations: readonly Violation[];
  /** Names of the exceptions that were needed. */
  readonly excused: readonly string[];
}

const { textOfLine } = createRequire(import.meta.url)('./numbered-line.cjs') as {
  textOfLine(number: number, bytes: number): string;
};

/** Starting Node, reading the spool, and losing the processor to others. */
const SLACK_MS = 30_000;
/** Beside the program itself, while others keep the processor busy. With a spool, each of its lines takes two writes and a stat. */
const COST = 3;
const COST_WITH_SPOOL = 20;
const DEFAULT_EXIT_TIMEOUT_MS = 2_000;
/** Of a secret even the beginning is too much: a message may have been cut in the middle of it. */
const TELLING_LENGTH = 7;
const UNNOTICED = 'a program ends and prints as without direct-logging';
/** Less than a calm server takes in an ample time on a busy machine. */
const MUCH = 1_000_000;
/** What `numbered-line.cjs` gives, as text or JSON. */
const NUMBERED = /^(#\d+ |\{"level":"warn","message":"|\.{1,2}$).*\n?/gm;

/** Looks at everything. */
export function judge(round: RoundFacts): Verdict {
  const excused = new Set<string>();
  const violations = round.programs.flatMap((program, at) =>
    [...judgeProgram(program, round, excused)].map(([rule, text]) => ({ rule, program: at, text })),
  );
  return { violations: [...violations, ...judgeStops(round, excused)], excused: [...excused] };
}

type Finding = readonly [rule: Rule, text: string];

function* judgeProgram(
  program: ProgramFacts,
  round: RoundFacts,
  excused: Set<string>,
): Generator<Finding> {
  const stored = storedLines(program);
  yield* judgeLines(program, stored);
  yield* judgeLosses(program, stored, round, excused);
  yield* judgeEnd(program);
  yield* judgeSecrets(program);
  if (program.spoolLeft.length > 0) {
    yield [
      'a drained spool is empty',
      `${briefly(program.spoolLeft.join(', '))}; drain said: ${program.drained}`,
    ];
  }
}

/** A message of the program as the server has it, put together where it went in parts. */
interface StoredLine {
  readonly text: string;
  readonly id: string;
  readonly row: Row;
  copies: number;
}

/** The messages in the order of `_time`; copies of the same record count once. */
function storedLines({ rows }: ProgramFacts): StoredLine[] {
  const byId = new Map<string, StoredLine>();
  for (const row of rows) {
    const id = `${row['shipper.id']} ${row['shipper.seq']}`;
    const known = byId.get(id);
    if (known) known.copies++;
    else byId.set(id, { id, text: row._msg ?? '', row, copies: 1 });
  }
  return joinParts([...byId.values()]);
}

function joinParts(lines: readonly StoredLine[]): StoredLine[] {
  const groups = new Map<string, StoredLine[]>();
  for (const line of lines) {
    const group = line.row['shipper.group'];
    const key = group === undefined ? line.id : `${line.row['shipper.id']} group ${group}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups.values()].map((parts) => {
    const sorted = parts.sort((one, other) => partOf(one) - partOf(other));
    return { ...(sorted[0] as StoredLine), text: sorted.map(({ text }) => text).join('') };
  });
}

function partOf({ row }: StoredLine): number {
  return Number(row['shipper.part'] ?? 0);
}

function numberOf({ text }: StoredLine): number | undefined {
  const [, number] = /^#(\d+) /.exec(text) ?? [];
  return number === undefined ? undefined : Number(number);
}

function* judgeLines(program: ProgramFacts, stored: readonly StoredLine[]): Generator<Finding> {
  const { plan } = program;
  const expected = writtenLines(plan.steps);
  const isPrinted = printedBy(program);
  const seen = new Set<number>();
  /** A thread's stdout and stderr come to the main thread one by one. */
  const last = new Map<string, number>();
  for (const line of stored) {
    const number = numberOf(line);
    if (number === undefined) continue;
    if (seen.has(number)) yield ['lines are stored once', `line ${number} is two records`];
    const stream = plan.thread === undefined ? '' : (line.row.stream ?? '');
    const before = last.get(stream) ?? 0;
    if (number < before) yield ['lines are in order', `line ${number} is behind line ${before}`];
    const isPrintedInPart =
      !isPrinted(number) && expected[number]?.text.startsWith(line.text) === true;
    if (!isPrintedInPart && !isAsWritten(line, number, expected)) {
      yield ['lines are stored as written', `line ${number}: ${briefly(JSON.stringify(line.row))}`];
    }
    seen.add(number);
    last.set(stream, Math.max(before, number));
  }
}

interface WrittenLine {
  readonly text: string;
  readonly as: 'text' | 'json';
}

function writtenLines(steps: readonly Step[]): (WrittenLine | undefined)[] {
  const lines: (WrittenLine | undefined)[] = [undefined];
  for (const step of steps) {
    if (!('lines' in step)) continue;
    for (let line = 0; line < step.lines; line++) {
      lines.push({ text: textOfLine(lines.length, step.bytes), as: step.as });
    }
  }
  return lines;
}

function isAsWritten(
  { text, row }: StoredLine,
  number: number,
  expected: readonly (WrittenLine | undefined)[],
): boolean {
  const written = expected[number];
  // A message that is in the server only in part is judged where lines are counted.
  if (row['shipper.parts'] !== undefined && text.length < (written?.text.length ?? 0)) return true;
  return written?.text === text && (written.as === 'text' || row.n === String(number));
}

function* judgeLosses(
  program: ProgramFacts,
  stored: readonly StoredLine[],
  round: RoundFacts,
  excused: Set<string>,
): Generator<Finding> {
  const { plan, stats, done } = program;
  const missing = missingLines(program, stored);
  const waiting = stats ? stats.queued + stats.spooled : 0;
  const dropped = sum(stats?.dropped ?? {});
  const detail = `${missing.length} of ${done} lines are not stored (${ranges(missing)}); counters: ${JSON.stringify(stats)}`;
  // What a spool keeps must be delivered in the end: being counted as waiting is no excuse.
  if (missing.length > dropped + (plan.settings.spool ? 0 : waiting)) {
    const exception = EXCEPTIONS.find((one) => one.covers(program, round));
    if (exception === undefined) yield ['every line is stored or reported', detail];
    else excused.add(exception.name);
  }
  const { maxQueueBytes, exitTimeoutMs = DEFAULT_EXIT_TIMEOUT_MS } = plan.settings;
  const isBusy = isCrowd(round.programs);
  const copies = stored.reduce((total, line) => total + line.copies - 1, 0);
  if (isBusy && copies > 0) yield ['lines are stored once', `${copies} copies on a busy server`];
  const isCalm = !isBusy && !wasEverTroubled(program, round) && maxQueueBytes === undefined;
  const hasTime = exitTimeoutMs >= AMPLE_EXIT_MS && linesBytes(plan) < MUCH;
  if (dropped + waiting > 0 && isCalm && hasTime) {
    yield ['nothing is given up without need', detail];
  }
  yield* judgeCounters(program);
}

function* judgeCounters(program: ProgramFacts): Generator<Finding> {
  const { plan, stats, done, withUs } = program;
  if (stats === undefined) {
    if (!isKilled(program)) yield ['every program ends in time', 'its exit listeners did not run'];
    return;
  }
  const { written, queued, dropped } = stats;
  if (written < done && printsAll(plan)) {
    yield ['every line is stored or reported', `${written} of ${done} lines came to us`];
  }
  if (queued > 0 && !plan.settings.spool && !/DL_(LOST|UNCONFIRMED)_AT_EXIT/.test(withUs.stderr)) {
    yield ['losses are told', `${queued} lines are left without a warning`];
  }
  if (sum(dropped) > 0 && !isTold(program)) {
    yield ['losses are told', `${JSON.stringify(dropped)} without a warning or a record`];
  }
}

/** Numbers of written lines that the server has nothing or not all of; those without a number count at the end. */
function missingLines(program: ProgramFacts, stored: readonly StoredLine[]): number[] {
  const { plan, done } = program;
  const expected = writtenLines(plan.steps);
  const isPrinted = printedBy(program);
  const whole = new Set<number>();
  let short = 0;
  for (const line of stored) {
    const number = numberOf(line);
    if (number !== undefined && line.text.length === expected[number]?.text.length)
      whole.add(number);
    if (/^\.{1,2}$/.test(line.text)) short++;
  }
  const missing: number[] = [];
  for (let number = 1; number <= done; number++) {
    if (!isPrinted(number)) continue;
    if (/^\.+$/.test(expected[number]?.text ?? '')) {
      if (short-- <= 0) missing.push(number);
    } else if (!whole.has(number)) missing.push(number);
  }
  return missing;
}

/** The main thread prints what a thread logs. What has not come so far when either ends is printed by nobody. */
function printsAll({ thread, termination }: ProgramPlan): boolean {
  return thread === undefined || termination === 'natural';
}

function printedBy({ plan, withUs }: ProgramFacts): (number: number) => boolean {
  if (printsAll(plan)) return () => true;
  // Up to its end: when Node ends a thread, it can have passed on a part of a line.
  const found = [withUs.stdout, withUs.stderr].flatMap((text) => [
    ...text.matchAll(/#(\d+) [^|#]*\|(?=.*\n)/g),
  ]);
  const printed = new Set(found.map(([, number]) => Number(number)));
  return (number) => printed.has(number);
}

function isTold({ rows, withUs }: ProgramFacts): boolean {
  return (
    rows.some(({ logger }) => logger === 'direct-logging') ||
    /DL_(DROPPED|REFUSED|LOST_AT_EXIT|UNCONFIRMED_AT_EXIT)/.test(withUs.stderr)
  );
}

function* judgeEnd(program: ProgramFacts): Generator<Finding> {
  const { plan, withUs, bare } = program;
  if (withUs.timedOut) {
    yield ['every program ends in time', 'it did not end at all'];
    return;
  }
  const exitMs = plan.settings.exitTimeoutMs ?? DEFAULT_EXIT_TIMEOUT_MS;
  const ownMs = bare?.durationMs ?? plan.signal?.atMs ?? 0;
  const cost = plan.settings.spool ? COST_WITH_SPOOL : COST;
  const mostMs = Math.round(cost * ownMs + longestStandstill(plan) + exitMs + SLACK_MS);
  if (withUs.durationMs > mostMs) {
    const text = `${Math.round(withUs.durationMs)} ms, expected ${mostMs} at most`;
    yield ['every program ends in time', text];
  }
  const [end, expected] = [{ code: withUs.code, signal: withUs.signal }, expectedEnd(program)];
  if (!isDeepStrictEqual(end, expected)) {
    const text = `it ended with ${JSON.stringify(end)}, expected ${JSON.stringify(expected)}`;
    yield [UNNOTICED, `${text}: ${briefly(withUs.stderr)}`];
  }
  if (bare !== undefined) yield* judgeOutput(plan, whatItPrinted(withUs), whatItPrinted(bare));
}

function* judgeOutput(plan: ProgramPlan, ours: Seen, theirs: Seen): Generator<Finding> {
  const [printed, wanted] = [ours.stdout, theirs.stdout].map((text) => steadyPart(plan, text));
  if (!isUnsteady(plan) && printed !== wanted) {
    yield [UNNOTICED, difference('stdout', printed ?? '', wanted ?? '')];
  }
  const [stderr, expected] = [ours.stderr, theirs.stderr].map((text) => {
    const steady = comparable(text);
    return isUnsteady(plan) ? steady.replaceAll(NUMBERED, '') : steady;
  }) as [string, string];
  if (!plan.settings.debug && !printsStackAsText(plan) && stderr !== expected) {
    yield [UNNOTICED, difference('stderr', stderr, expected)];
  }
}

/**
 * Without functions of Buffer, Node passes an error of a thread on as a text with all its frames. Whether its last one is there depends
 * on what else the thread does, and the one with direct-logging loads a package first.
 */
function printsStackAsText({ thread, replaces }: ProgramPlan): boolean {
  return thread !== undefined && replaces === 'statics';
}

function expectedEnd({ plan, bare }: ProgramFacts): object {
  if (bare) return { code: bare.code, signal: bare.signal };
  const { signal } = plan;
  return signal?.handled ? { code: 7, signal: null } : { code: null, signal: signal?.name };
}

/**
 * pino prints in the background, and threads through the main thread: how far it has come when a signal or a crash ends it differs
 * without direct-logging, too.
 */
function isUnsteady(plan: ProgramPlan): boolean {
  const { writer, termination } = plan;
  if (!printsAll(plan)) return true;
  const isOnTime = /^(natural|exit|exit-in-promise|uncaught-exception|unhandled-rejection)$/;
  return writer === 'pino' && !isOnTime.test(termination);
}

/**
 * An exit that finds a write of pino in flight writes its lines beside it, without direct-logging, too: they may come in another order, and
 * twice.
 */
function steadyPart({ writer, termination }: ProgramPlan, text: string): string {
  if (writer !== 'pino' || termination === 'natural') return text;
  return [...new Set(text.split('\n'))].sort().join('\n');
}

/** Without our own warnings and Node's hint behind the first of them, and without what differs from run to run. */
function comparable(stderr: string): string {
  return (
    stderr
      // An error of a thread comes by the event of its port or is drained at its exit (4 of 40 runs without us).
      .replaceAll(
        /^ {4}at (\[kOnExit\]|Worker\.<computed>\.onexit) \(node:internal\/worker:.*\n/gm,
        '',
      )
      .replaceAll(/^\(node:\d+\) (\[DL_\w+\] )?DirectLoggingWarning: .*\n?/gm, '')
      .replaceAll(/^\(Use `node --trace-warnings .*\n?/gm, '')
  );
}

function* judgeSecrets({ secrets, withUs, rows, drained }: ProgramFacts): Generator<Finding> {
  const shown = {
    stdout: withUs.stdout,
    stderr: withUs.stderr,
    records: JSON.stringify(rows),
    drained,
  };
  for (const secret of secrets) {
    for (const [where, text] of Object.entries(shown)) {
      const at = text.indexOf(secret.slice(0, TELLING_LENGTH));
      if (at >= 0)
        yield ['no credential is shown', `${where}: ${text.slice(Math.max(0, at - 200), at + 80)}`];
    }
  }
}

function judgeStops(round: RoundFacts, excused: Set<string>): Violation[] {
  const rule = 'a stop of the server loses nothing of others';
  const stops = round.serverTroubles.filter(({ kind }) => kind !== 'kill' && kind !== 'freeze');
  const violations: Violation[] = [];
  for (const stop of stops.filter(({ end }) => end?.code !== 0)) {
    const excuse = excuseOfStop(stop, round);
    if (excuse === undefined)
      violations.push({ rule, text: `it ended with ${JSON.stringify(stop.end)}` });
    else excused.add(`stop of the server: ${excuse}`);
  }
  if (round.othersLost.length > 0 && lossesOfServer(round).length === 0) {
    violations.push({ rule, text: `acknowledged and gone, in ms: ${round.othersLost.join(', ')}` });
  }
  return violations;
}

function linesBytes({ steps }: ProgramPlan): number {
  return steps.reduce(
    (bytes, step) => bytes + ('lines' in step ? linesOf([step]) * (step.bytes + 300) : 0),
    0,
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function ranges(numbers: readonly number[]): string {
  return numbers.length === 0 ? 'none' : `${numbers[0]} to ${numbers.at(-1)}`;
}

function difference(name: string, ours: string, theirs: string): string {
  let at = 0;
  while (at < ours.length && ours[at] === theirs[at]) at++;
  const around = (text: string): string =>
    JSON.stringify(text.slice(Math.max(0, at - 30), at + 150));
  return `${name} differs at ${at} (${ours.length} characters, without direct-logging ${theirs.length}): ${around(ours)} instead of ${around(theirs)}`;
}

function briefly(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
