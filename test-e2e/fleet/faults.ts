/** What goes wrong in a fleet, in each arrangement of servers, and who loses lines then. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFullRun } from '../environment/extent.ts';
import type { Server } from '../environment/victorialogs-options.ts';
import { insertLines } from '../environment/victorialogs-queries.ts';
import type { Kind, Role, Topology } from './topologies.ts';
import { KINDS } from './topologies.ts';

/** A fault in an arrangement. */
export interface Cell {
  readonly kind: Kind;
  readonly fault: string;
  readonly act: (topology: Topology) => Promise<void>;
  /** About how long it takes, so that lines are logged until after its end. */
  readonly seconds: number;
  /** Lines a second of each program, where it is not the usual rate. */
  readonly perSecond?: number;
  /** What upstream may lose; undefined where nothing may be missing. */
  readonly upstream?: Upstream | undefined;
  /** With `VICTORIALOGS_DURABLE=1`. */
  readonly durable?: boolean;
  /** Runs in short runs, too. */
  readonly sampled?: boolean;
}

/** Why upstream loses what it acknowledged, and how many seconds of it at most. */
interface Upstream {
  readonly why: string;
  readonly link: string;
  readonly seconds: number;
}

const REPOSITORY = 'https://github.com/VictoriaMetrics/VictoriaLogs';
const SOURCE = `${REPOSITORY}/blob/v1.52.1`;
const NOT_YET_ON_DISK: Upstream = {
  why: 'a killed server has not written its last seconds to disk',
  link: 'https://docs.victoriametrics.com/victorialogs/#durability-guarantees',
  seconds: 14,
};
const INSERT_BUFFER: Upstream = {
  why: 'an insert node holds lines for up to a second, and drops them when it ends',
  link: `${REPOSITORY}/pull/1572`,
  seconds: 4,
};
const AGENT_BUFFER: Upstream = {
  why: 'vlagent holds lines for up to two seconds before it writes them to its queue',
  link: `${SOURCE}/app/vlagent/remotewrite/pendinglogrows.go`,
  seconds: 5,
};
/** Its queue is written to disk once nothing was read from it for five seconds. The insert nodes that stop lose what they hold, too. */
const AGENT_QUEUE: Upstream = {
  why: 'vlagent has the last seconds in memory, and an insert node drops what it holds',
  link: 'https://github.com/VictoriaMetrics/VictoriaMetrics/blob/v1.151.0/lib/persistentqueue/fastqueue.go',
  seconds: 12,
};
const AGENT_FULL: Upstream = {
  why: 'a full buffer drops its oldest lines',
  link: 'https://docs.victoriametrics.com/victorialogs/vlagent/#on-disk-persistence',
  seconds: 1_000,
};

/** Of each program. */
export const PER_SECOND = 200;
/** Of full runs, which the names of faults tell. */
const FULL = { outage: 5, stall: 60, targetDown: 600 };
const OUTAGE_S = isFullRun() ? FULL.outage : 1;
const STALL_S = isFullRun() ? FULL.stall : 3;
const TARGET_DOWN_S = isFullRun() ? FULL.targetDown : 2;
/** Ten minutes are so many lines, too, as half a minute at the usual rate. */
const SLOWLY = isFullRun() ? 20 : PER_SECOND;
/** A rolling restart waits until each server is up, and then for so long. */
const BETWEEN_S = isFullRun() ? 3 : 0.5;

/** All of them, in the order of the tables. */
export const CELLS: readonly Cell[] = [
  { ...none(KINDS.server), sampled: true },
  ended(KINDS.server, 'server', 'SIGTERM'),
  ...withDurable(ended(KINDS.server, 'server', 'SIGKILL', NOT_YET_ON_DISK)),
  stalled(KINDS.server, 'server'),

  ...[KINDS.vmauth, KINDS.name].flatMap((kind) => clusterCells(kind)),
  { ...ended(KINDS.vmauth, 'vmauth', 'SIGTERM') },
  { ...ended(KINDS.vmauth, 'vmauth', 'SIGKILL') },
  ...withDurable(rolling(KINDS.vmauth, INSERT_BUFFER)),
  none(KINDS.vmauthLts),
  ended(KINDS.vmauthLts, 'vmauth', 'SIGTERM'),

  ...[KINDS.vlagent, KINDS.vlagentSocket].flatMap((kind) => [
    { ...none(kind), sampled: kind === KINDS.vlagentSocket },
    { ...ended(kind, 'vlagent', 'SIGTERM'), sampled: kind === KINDS.vlagent },
    ...withDurable(ended(kind, 'vlagent', 'SIGKILL', AGENT_BUFFER)),
  ]),
  { ...targetDown(KINDS.vlagent), sampled: true },
  withoutTargets(KINDS.vlagent, 'SIGTERM', INSERT_BUFFER),
  ...withDurable(withoutTargets(KINDS.vlagent, 'SIGKILL', AGENT_QUEUE)),
  stalled(KINDS.vlagent, 'storage'),
  ended(KINDS.vlagent, 'insert', 'SIGKILL', INSERT_BUFFER),
  ...withDurable(rolling(KINDS.vlagent, INSERT_BUFFER)),
  full(KINDS.vlagentSmall),
];

function clusterCells(kind: Kind): Cell[] {
  const isSampled = kind === KINDS.vmauth;
  return [
    none(kind),
    { ...ended(kind, 'insert', 'SIGTERM', INSERT_BUFFER), sampled: isSampled },
    { ...ended(kind, 'insert', 'SIGTERM', INSERT_BUFFER), durable: true },
    ...withDurable(ended(kind, 'insert', 'SIGKILL', INSERT_BUFFER)),
    { ...replaced(kind), sampled: kind === KINDS.name },
    ended(kind, 'storage', 'SIGTERM'),
    ...withDurable(ended(kind, 'storage', 'SIGKILL', NOT_YET_ON_DISK)),
    { ...stalled(kind, 'storage'), sampled: isSampled },
  ];
}

function none(kind: Kind): Cell {
  return { kind, fault: 'none', act: () => sleep(OUTAGE_S * 1_000), seconds: OUTAGE_S };
}

function ended(kind: Kind, role: Role, signal: 'SIGTERM' | 'SIGKILL', upstream?: Upstream): Cell {
  const how = signal === 'SIGTERM' ? 'stopped (SIGTERM)' : 'killed (SIGKILL)';
  return {
    kind,
    fault: `${called(role)} ${how}, back after ${FULL.outage} s`,
    seconds: OUTAGE_S + 2,
    upstream,
    async act(topology) {
      const server = first(topology, role);
      await server.end(signal);
      await sleep(OUTAGE_S * 1_000);
      await server.start();
    },
  };
}

function stalled(kind: Kind, role: Role): Cell {
  return {
    kind,
    fault: `${called(role)} stalled (SIGSTOP) for ${FULL.stall} s`,
    seconds: STALL_S,
    async act(topology) {
      const server = first(topology, role);
      await server.send('SIGSTOP');
      await sleep(STALL_S * 1_000);
      await server.send('SIGCONT');
    },
  };
}

/** As a Deployment does it: the new one is ready before the old one is told to stop. */
function replaced(kind: Kind): Cell {
  return {
    kind,
    fault: 'insert node replaced by one at another address, then stopped',
    seconds: OUTAGE_S + 2,
    upstream: INSERT_BUFFER,
    async act(topology) {
      await topology.replaceFirst?.();
      await sleep(OUTAGE_S * 1_000);
      await first(topology, 'insert').end('SIGTERM');
    },
  };
}

function targetDown(kind: Kind): Cell {
  return {
    kind,
    fault: `one of two clusters down for ${FULL.targetDown / 60} minutes`,
    seconds: TARGET_DOWN_S,
    perSecond: SLOWLY,
    // The insert node that stops loses what it holds.
    upstream: INSERT_BUFFER,
    async act(topology) {
      const server = first(topology, 'insert');
      await server.end('SIGTERM');
      await sleep(TARGET_DOWN_S * 1_000);
      await server.start();
    },
  };
}

/** vlagent ends when it has kept lines for so long: what it has in memory goes to its disk, unless it is killed. */
function withoutTargets(kind: Kind, signal: 'SIGTERM' | 'SIGKILL', upstream: Upstream): Cell {
  const how = signal === 'SIGTERM' ? 'restarted (SIGTERM)' : 'killed (SIGKILL)';
  return {
    kind,
    fault: `vlagent ${how} after ${FULL.targetDown / 60} minutes without either cluster`,
    seconds: TARGET_DOWN_S + 4,
    perSecond: SLOWLY,
    upstream,
    async act(topology) {
      const targets = topology.servers.insert ?? [];
      const agent = first(topology, 'vlagent');
      for (const target of targets) await target.end('SIGTERM');
      await sleep(TARGET_DOWN_S * 1_000);
      await agent.end(signal);
      await sleep(1_000);
      await agent.start();
      for (const target of targets) await target.start();
    },
  };
}

function rolling(kind: Kind, upstream: Upstream): Cell {
  const many = kind === KINDS.vlagent ? 7 : 5;
  return {
    kind,
    fault: 'rolling restart of everything (SIGTERM, one after the other)',
    seconds: many * (BETWEEN_S + 1),
    upstream,
    async act(topology) {
      for (const server of Object.values(topology.servers).flat()) {
        await server.end('SIGTERM');
        await server.start();
        await sleep(BETWEEN_S * 1_000);
      }
    },
  };
}

/** The lines that fill the buffer are nobody's: random ones, so that they can't be compressed. */
function full(kind: Kind): Cell {
  return {
    kind,
    fault: "vlagent's buffer full while its target is down",
    seconds: 40,
    upstream: AGENT_FULL,
    async act(topology) {
      const target = first(topology, 'server');
      await target.end('SIGTERM');
      for (let megabytes = 0; megabytes < 900; megabytes += 3) await fill(topology.url, 3_000_000);
      await target.start();
    },
  };
}

async function fill(url: string, bytes: number): Promise<void> {
  const line = () => JSON.stringify({ _msg: randomBytes(100_000).toString('base64') });
  await insertLines(url, Array.from({ length: bytes / 133_000 }, line), 'job');
}

function withDurable(cell: Cell): Cell[] {
  return [cell, { ...cell, durable: true }];
}

function first({ servers }: Topology, role: Role): Server {
  const server = servers[role]?.[0];
  if (server === undefined) throw new Error(`There is no ${role}.`);
  return server;
}

function called(role: Role): string {
  return role === 'insert' || role === 'storage' ? `${role} node` : role;
}
