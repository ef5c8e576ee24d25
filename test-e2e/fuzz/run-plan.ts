/** Carries out a plan against a real server, and returns all that can be seen of it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import type { ServerEnd } from '../environment/victorialogs-options.ts';
import { type Bystander, startBystander } from '../outages/bystander.ts';
import type { Plan, ServerTrouble, Trouble } from './plan.ts';
import { type ProgramFacts, type RunningProgram, startProgram } from './run-program-plan.ts';

/** All that was seen of a round. Times are milliseconds after its start. */
export interface RoundFacts {
  readonly plan: Plan;
  readonly programs: readonly ProgramFacts[];
  readonly serverTroubles: readonly ServerFact[];
  /** When rows of somebody else were acknowledged that the server does not have in the end. */
  readonly othersLost: readonly number[];
  /** Rows of somebody else that were acknowledged. */
  readonly othersAcknowledged: number;
}

/** A time of trouble as it was. */
export interface ServerFact {
  readonly kind: ServerTrouble;
  readonly fromMs: number;
  /** When the server worked again. */
  toMs: number;
  /** How it ended, unless it was only frozen. */
  end?: ServerEnd;
}

/** The shortest that there is: the server drops what is older, and still acknowledges it. */
const RETENTION = ['-retentionPeriod=1d'];
/** Between the end of a server that was stopped after it was frozen and its next start. */
const BACK_AFTER_MS = 200;
const SETTLED_AFTER_MS = 1_500;
const MAX_WAIT_MS = 15_000;

/** Runs it; leaves nothing behind. */
export async function runPlan(plan: Plan): Promise<RoundFacts> {
  const server = await startVictoriaLogs({ args: RETENTION, say: () => {} });
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-fuzz-'));
  const round = `fuzz-${randomUUID()}`;
  const bystander = startBystander(server);
  const programs: RunningProgram[] = [];
  const startedAt = performance.now();
  try {
    for (const [at, program] of plan.programs.entries()) {
      const troubles = plan.troubles.filter((trouble) => 'proxy' in trouble && trouble.of === at);
      const name = `${round}-${at}`;
      programs.push(await startProgram({ program, name, folder, server, startedAt, troubles }));
    }
    const [, serverTroubles] = await Promise.all([
      Promise.all(programs.map(({ ended }) => ended)),
      troubleServer(server, plan.troubles, startedAt),
    ]);
    await Promise.all(programs.map((program) => program.drain()));
    const facts = await look({ server, bystander, programs, round, startedAt });
    return { plan, serverTroubles, ...facts };
  } finally {
    await bystander.stop();
    await Promise.all(programs.map((program) => program.discard()));
    await server.stop({ signal: 'SIGKILL' });
    await rm(folder, { recursive: true, force: true });
  }
}

async function troubleServer(
  server: VictoriaLogs,
  troubles: readonly Trouble[],
  startedAt: number,
): Promise<ServerFact[]> {
  const facts: ServerFact[] = [];
  for (const trouble of troubles) {
    if (!('server' in trouble)) continue;
    await sleep(Math.max(0, trouble.atMs - (performance.now() - startedAt)));
    const fromMs = performance.now() - startedAt;
    const fact: ServerFact = { kind: trouble.server, fromMs, toMs: Number.POSITIVE_INFINITY };
    facts.push(fact);
    const end = await bringTrouble(server, trouble.server, trouble.forMs);
    if (end !== undefined) fact.end = end;
    fact.toMs = performance.now() - startedAt;
  }
  return facts;
}

async function bringTrouble(
  server: VictoriaLogs,
  kind: ServerTrouble,
  forMs: number,
): Promise<ServerEnd | undefined> {
  if (kind.startsWith('freeze')) {
    await server.freeze();
    await sleep(forMs);
    await server.unfreeze();
    if (kind === 'freeze') return undefined;
  }
  const signal = kind === 'kill' ? 'SIGKILL' : 'SIGTERM';
  const end = await server.stop({ signal, keepData: true });
  await sleep(kind === 'freeze, stop' ? BACK_AFTER_MS : forMs);
  await server.restart();
  return end;
}

interface Round {
  readonly server: VictoriaLogs;
  readonly bystander: Bystander;
  readonly programs: readonly RunningProgram[];
  readonly round: string;
  readonly startedAt: number;
}

async function look({ server, bystander, programs, round, startedAt }: Round) {
  await untilSettled(server, `container_name:~"^${round}"`);
  const acknowledged = await bystander.stop();
  const lost = await bystander.missing(acknowledged);
  return {
    programs: await Promise.all(programs.map((program) => program.look())),
    othersLost: lost.map(({ atMs }) => Math.round(atMs - startedAt)),
    othersAcknowledged: acknowledged.length,
  };
}

/** Lines that are on their way when the process is gone arrive in milliseconds; a busy machine may need more. */
async function untilSettled(server: VictoriaLogs, query: string): Promise<void> {
  const deadline = performance.now() + MAX_WAIT_MS;
  let count = -1;
  for (let changedAt = performance.now(); performance.now() < deadline; await sleep(200)) {
    await server.forceFlush();
    const now = await server.count(query);
    if (now !== count) changedAt = performance.now();
    count = now;
    if (performance.now() - changedAt > SETTLED_AFTER_MS) return;
  }
}
