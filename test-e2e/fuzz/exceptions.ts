/** What is known to be lost or late without anybody's fault: each rule with its reason. Whatever no rule covers is a failure. */
import { bytesOf, GENTLE_TERMINATIONS, isTerminated, type Step } from './plan.ts';
import type { RoundFacts, ServerFact } from './run-plan.ts';
import type { ProgramFacts, Span } from './run-program-plan.ts';

/** A rule about lines of a program that are stored nowhere and reported by nobody. */
export interface Exception {
  readonly name: string;
  readonly reason: string;
  covers(program: ProgramFacts, round: RoundFacts): boolean;
}

/** A killed server loses what it acknowledged in its last ten seconds; one more for a busy machine. */
const UNSAVED_MS = 11_000;
/** The longest wait between two attempts is 5 s, and a request that hangs is given up after ten. */
const FELT_AFTERWARDS_MS = 16_000;
/** From the end of the program until its last bytes have gone through its proxy. */
const UNDER_WAY_MS = 2_000;
/** What a socket surely takes while nobody reads. */
const TAKEN_BY_THE_KERNEL = 1_000_000;
/** From the start of a program on a busy machine, the time not counted in which it is frozen or blocked. */
const SURELY_CONNECTED_MS = 1_500;
/** The same in pauses, once it has started. */
const ENOUGH_TURNS_MS = 1_000;
/** The server gives up waiting for an open request after seven seconds. */
const WAITED_FOR_MS = 5_000;
/** Until a program that goes on is in contact with a server that came back: the longest wait between two attempts, and the attempt. */
const NOTICED_AFTER_MS = 6_000;
/** One that ends tries at once; its own clock and ours are read at different times. */
const NOTICED_AT_THE_END_MS = 500;

export const EXCEPTIONS: readonly Exception[] = [
  {
    name: 'killed in trouble',
    reason: 'what waits in the memory of a program that is killed dies with it; a spool keeps it',
    covers: (program, round) =>
      !program.plan.settings.spool && isKilled(program) && wasTroubled(program, round),
  },
  {
    name: 'killed before its first connection',
    reason:
      'the event loop looks up host names and shakes hands over TLS, and may not have run yet',
    covers: (program) =>
      program.plan.address !== 'number' &&
      !program.plan.settings.spool &&
      isKilled(program) &&
      isBeforeFirstConnection(program),
  },
  {
    name: 'killed with more than the kernel takes',
    reason: 'what a socket does not take at once waits in memory until the event loop runs',
    covers: (program) =>
      !program.plan.settings.spool &&
      isKilled(program) &&
      largestBurst(program.plan.steps) > TAKEN_BY_THE_KERNEL,
  },
  {
    name: 'killed with a small queue',
    reason: 'lines that were given up are reported later than the program lives',
    covers: (program) => program.plan.settings.maxQueueBytes !== undefined && isKilled(program),
  },
  {
    name: 'server killed',
    reason: 'a killed server loses what it acknowledged last; only durable programs send it again',
    covers: (program, round) =>
      !program.plan.settings.durable && wereUnsaved(program, lossesOfServer(round)).length > 0,
  },
  {
    name: 'server killed, program ended',
    reason: 'a durable program sends copies again only while it runs and the server is back',
    covers: (program, round) =>
      wereUnsaved(program, lossesOfServer(round)).some(
        ({ toMs }) =>
          program.flushedMs < toMs + (isKilled(program) ? NOTICED_AFTER_MS : NOTICED_AT_THE_END_MS),
      ),
  },
];

/** Why a stop of the server may have failed or lost rows: a request was open that nobody could end. */
export function excuseOfStop({ fromMs, toMs }: ServerFact, round: RoundFacts): string | undefined {
  const stop = { fromMs, toMs: toMs + 1_000 };
  const cut = round.programs.some(({ troubled, halfRequests }) =>
    [...troubled, ...halfRequests].some((span) => overlap(span, stop)),
  );
  if (cut) return 'a proxy that misbehaves leaves requests open';
  const still = round.programs.some(({ plan }) => longestStandstill(plan) > WAITED_FOR_MS);
  return still ? 'a program stood still while one of its requests was open' : undefined;
}

/** Whether nothing of the program ran at its end. */
export function isKilled({ plan, stats }: ProgramFacts): boolean {
  const isGentle = GENTLE_TERMINATIONS.some((name) => name === plan.termination);
  return isTerminated(plan) || (stats === undefined && !isGentle);
}

/** Whether something stood between the program and the server that it may have felt at its end. */
function wasTroubled(program: ProgramFacts, round: RoundFacts): boolean {
  const felt = {
    fromMs: program.endedMs - FELT_AFTERWARDS_MS,
    toMs: program.endedMs + UNDER_WAY_MS,
  };
  return [...program.troubled, ...round.serverTroubles].some((span) => overlap(span, felt));
}

/** Whether anything happened to its server or its proxy while it ran. */
export function wasEverTroubled(program: ProgramFacts, round: RoundFacts): boolean {
  const life = { fromMs: program.startedMs, toMs: program.endedMs + UNDER_WAY_MS };
  return [...program.troubled, ...round.serverTroubles].some((span) => overlap(span, life));
}

/** Ends of the server after which acknowledged rows may be gone. */
export function lossesOfServer({ serverTroubles }: RoundFacts): readonly ServerFact[] {
  return serverTroubles.filter(({ end }) => end !== undefined && end.code !== 0);
}

/** How long it is frozen and blocked altogether. */
export function longestStandstill({ steps, frozen }: ProgramFacts['plan']): number {
  const blocked = steps.reduce((sum, step) => sum + ('blockMs' in step ? step.blockMs : 0), 0);
  return blocked + (frozen?.forMs ?? 0);
}

function wereUnsaved(program: ProgramFacts, losses: readonly ServerFact[]): ServerFact[] {
  return losses.filter(
    ({ fromMs, toMs }) => program.startedMs < toMs && program.endedMs + UNSAVED_MS > fromMs,
  );
}

function overlap(one: Span, other: Span): boolean {
  return one.fromMs <= other.toMs && other.fromMs <= one.toMs;
}

function isBeforeFirstConnection({ startedMs, endedMs, plan }: ProgramFacts): boolean {
  if (plan.termination === 'stay') {
    return endedMs - startedMs - longestStandstill(plan) < SURELY_CONNECTED_MS;
  }
  // The preload connects at the start, a transport in code with its first line.
  const first = plan.preload === 'none' ? plan.steps.findIndex((step) => 'lines' in step) : 0;
  // A termination may take long, but the event loop does not turn in it.
  return pausesOf(plan.steps.slice(Math.max(0, first))) < ENOUGH_TURNS_MS;
}

function pausesOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    if ('pauseMs' in step) return sum + step.pauseMs;
    return sum + ('lines' in step ? step.lines * (step.everyMs ?? 0) : 0);
  }, 0);
}

/** Bytes of the lines that are written without a pause between them. */
function largestBurst(steps: readonly Step[]): number {
  let largest = 0;
  let burst = 0;
  for (const step of steps) {
    if ('pauseMs' in step) burst = 0;
    if (!('lines' in step)) continue;
    burst = step.everyMs === undefined ? burst + bytesOf([step]) : step.bytes;
    largest = Math.max(largest, burst);
  }
  return largest;
}
