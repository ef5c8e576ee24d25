/**
 * What do 1,000 shippers cost the servers, and what happens when a deploy starts all of them at once and when all of them come
 * back after an outage? `--shippers=10000` for more, where memory allows. Straight to VictoriaLogs, and through a vlagent for
 * each fifty. Many transports share a process here; each has connections, a queue and a `shipper.id` of its own.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { count, table, writeIntoDocs } from '../test-e2e/environment/docs-tables.ts';
import { vlagentProgram } from '../test-e2e/environment/victoria-programs.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import type { Server } from '../test-e2e/environment/victorialogs-options.ts';
import { freePort, startProcess } from '../test-e2e/environment/victorialogs-process.ts';
import { Fleet } from './fleet/fleet.ts';
import { type Phase, Watch } from './fleet/watch.ts';
import { flag } from './measure/rounds.ts';
import { fixed } from './report/report.ts';

const SHIPPERS_BY_DEFAULT = 1_000;
const SHIPPERS = Number(flag('shippers') ?? SHIPPERS_BY_DEFAULT);
/** Of all together. Each shipper logs lone lines, the most expensive ones. */
const LINES_PER_SECOND = 1_000;
/** Each shipper logs at least two. */
const SECONDS = Math.max(10, (2 * SHIPPERS) / LINES_PER_SECOND);
const OUTAGE_S = 10;
/** A process that is silent for a minute keeps one connection. */
const SILENT_S = 64;
const SETTLE_S = 60;
/** After a start of all at once, connections are still being made. */
const CALM_S = 3 + SHIPPERS / 250;
const SHIPPERS_PER_PROCESS = 250;
/** A process may have 20,000 files open here, and a shipper has up to four connections. */
const SHIPPERS_PER_SERVER = 5_000;
/** Two cores have no room for more than twenty agents. */
const SHIPPERS_PER_AGENT = Math.max(50, SHIPPERS / 20);
const OTHER_FLEETS = [200, 2_000, 10_000, 50_000];

/** What one way measured. */
interface Result {
  readonly name: string;
  readonly start: Phase;
  readonly steady: Phase;
  readonly back: Phase;
  readonly quietConnections: number;
  readonly idleCpuPerShipper: number;
  readonly bytesPerShipper: number;
  readonly lost: number;
  readonly duplicates: number;
}

const results = [await measured('straight', false), await measured('vlagent', true)];
const shown = resultTable(results);
// With more, the programs leave too little of this machine to the servers: what a line costs then says nothing about others.
const others = SHIPPERS === SHIPPERS_BY_DEFAULT ? `\n\n${otherFleets(results)}` : '';
console.log(`\n${shown}${others}`);
if (process.argv.includes('--write'))
  await writeIntoDocs('fleet.md', `simulation of ${count(SHIPPERS)}`, shown + others);

async function measured(name: string, throughAgents: boolean): Promise<Result> {
  const servers = await Promise.all(
    Array.from({ length: Math.ceil(SHIPPERS / SHIPPERS_PER_SERVER) }, (_, at) => server(at)),
  );
  const agents = throughAgents ? await startAgents(servers) : [];
  const fleet = new Fleet();
  try {
    const front = throughAgents ? agents : servers;
    const watch = new Watch(front.map(urlOf), throughAgents ? servers.map(urlOf) : []);
    return await lived(name, fleet, watch, servers, front);
  } finally {
    fleet.end();
    await Promise.all(agents.map((agent) => agent.discard()));
    await Promise.all(servers.map((one) => one.stop()));
  }
}

async function lived(
  name: string,
  fleet: Fleet,
  watch: Watch,
  servers: readonly VictoriaLogs[],
  front: readonly { readonly url: string }[],
): Promise<Result> {
  const job = `fleet-${name}`;
  const perSecond = LINES_PER_SECOND / SHIPPERS;
  await fleet.fork(Math.ceil(SHIPPERS / SHIPPERS_PER_PROCESS));
  const before = await watch.memory();
  const start = await watch.during(async () => {
    await fleet.tell('start', (at) => ({
      ...{ first: at * SHIPPERS_PER_PROCESS, job, urls: front.map(urlOf) },
      count: Math.min(SHIPPERS_PER_PROCESS, SHIPPERS - at * SHIPPERS_PER_PROCESS),
    }));
    await fleet.delivered();
  }, true);
  await sleep(CALM_S * 1_000);
  const bytesPerShipper = ((await watch.memory()) - before) / SHIPPERS;
  const steady = await watch.during(() =>
    fleet.tell('log', () => ({ perSecond, seconds: SECONDS })),
  );
  await fleet.delivered();
  const quiet = await watch.during(() => sleep(SILENT_S * 1_000));
  await Promise.all(servers.map((one) => one.stop({ keepData: true })));
  await fleet.tell('log', () => ({ perSecond, seconds: OUTAGE_S }));
  await Promise.all(servers.map((one) => one.restart()));
  const back = await watch.during(() => fleet.delivered(), true);
  const { written } = await fleet.stats();
  const { lines, rows } = await stored(servers, job, written);
  return {
    ...{ name, start, steady, back, bytesPerShipper },
    quietConnections: quiet.connections,
    idleCpuPerShipper: (quiet.cpuSeconds + quiet.behindCpuSeconds) / quiet.seconds / SHIPPERS,
    lost: written - lines,
    duplicates: rows - lines,
  };
}

function server(at: number): Promise<VictoriaLogs> {
  // Connections to one address and port have 28,000 ports for their other end.
  return startVictoriaLogs({ own: true, prefer: 'process', say: at === 0 ? undefined : () => {} });
}

async function startAgents(servers: readonly VictoriaLogs[]): Promise<Server[]> {
  const program = await vlagentProgram();
  const agents: Server[] = [];
  for (let at = 0; at < SHIPPERS / SHIPPERS_PER_AGENT; at++) {
    const port = await freePort();
    const target = servers[at % servers.length] as VictoriaLogs;
    agents.push(
      await startProcess(program, `http://127.0.0.1:${port}`, (own) => [
        ...[`-remoteWrite.url=${target.url}/insert/native`, `-tmpDataPath=${own}`],
        `-httpListenAddr=127.0.0.1:${port}`,
      ]),
    );
  }
  return agents;
}

async function stored(
  servers: readonly VictoriaLogs[],
  job: string,
  written: number,
): Promise<{ lines: number; rows: number }> {
  const query = `job:="${job}" | stats count() as rows, count_uniq("shipper.id", "shipper.seq") as lines`;
  const deadline = performance.now() + SETTLE_S * 1_000;
  for (;;) {
    let [lines, rows] = [0, 0];
    for (const one of servers) {
      await one.forceFlush();
      const [row] = await one.query(query);
      lines += Number(row?.lines ?? 0);
      rows += Number(row?.rows ?? 0);
    }
    if (lines >= written || performance.now() > deadline) return { lines, rows };
    await sleep(500);
  }
}

function resultTable(all: readonly Result[]): string {
  const lines = SECONDS * LINES_PER_SECOND;
  const row = (what: string, of: (one: Result) => string) => [what, ...all.map(of)];
  const perLine = (cpuSeconds: number) => `${fixed((cpuSeconds * 1e6) / lines)} µs`;
  const rows = [
    row(
      'a deploy starts all at once: all first lines acknowledged after',
      ({ start }) => `${fixed(start.seconds)} s`,
    ),
    row('– new connections a second, at most (of two seconds)', ({ start }) =>
      count(Math.round(start.peakAccepts)),
    ),
    row(`${count(LINES_PER_SECOND)} lone lines a second: connections`, ({ steady }) =>
      count(steady.connections),
    ),
    row('– new connections a second', ({ steady }) => fixed(steady.accepts / steady.seconds)),
    row('– requests a second', ({ steady }) => count(Math.round(steady.requests / steady.seconds))),
    row('– CPU of what they talk to, for a line', ({ steady }) => perLine(steady.cpuSeconds)),
    row('– CPU of the server behind that, for a line', ({ steady }) =>
      steady.behindCpuSeconds > 0 ? perLine(steady.behindCpuSeconds) : '–',
    ),
    row('silent for a minute: connections', (one) => count(one.quietConnections)),
    row(
      '– CPU of all servers, for a shipper',
      (one) => `${fixed(one.idleCpuPerShipper * 1e6)} µs a second`,
    ),
    row(
      'memory of what they talk to, for a shipper',
      (one) => `${fixed(one.bytesPerShipper / 1024)} KiB`,
    ),
    row(
      `${OUTAGE_S} s without a server, then all come back: everything acknowledged after`,
      ({ back }) => `${fixed(back.seconds)} s`,
    ),
    row('– new connections a second, at most (of two seconds)', ({ back }) =>
      count(Math.round(back.peakAccepts)),
    ),
    row('– requests a second, at most (of two seconds)', ({ back }) =>
      count(Math.round(back.peakRequests)),
    ),
    row('lines lost', ({ lost }) => count(lost)),
    row('lines stored twice', ({ duplicates }) => count(duplicates)),
  ];
  const head = `${count(SHIPPERS)} shippers, on ${availableParallelism()} cores`;
  return table(
    [head, 'straight to VictoriaLogs', `a vlagent for each ${SHIPPERS_PER_AGENT}`],
    rows,
  );
}

/** The formula of the page, with what was measured. */
function otherFleets([straight, agents]: readonly Result[]): string {
  if (straight === undefined || agents === undefined) throw new Error('Nothing was measured.');
  const lines = SECONDS * LINES_PER_SECOND;
  const cores = (shippers: number, cpuSeconds: number) => fixed((shippers * cpuSeconds) / lines);
  const gib = (shippers: number) =>
    `${fixed((shippers * straight.bytesPerShipper) / 1024 ** 3)} GiB`;
  return table(
    [
      'each logs a lone line a second',
      'cores of the server, straight',
      'its memory for them',
      'its connections',
      'cores of the server, behind vlagent',
      `of a core of each node (${SHIPPERS_PER_AGENT} processes)`,
    ],
    OTHER_FLEETS.map((shippers) => [
      `${count(shippers)} processes`,
      cores(shippers, straight.steady.cpuSeconds),
      gib(shippers),
      count(2 * shippers),
      cores(shippers, agents.steady.behindCpuSeconds),
      `${fixed((SHIPPERS_PER_AGENT * agents.steady.cpuSeconds * 100) / lines)} %`,
    ]),
  );
}

function urlOf({ url }: { readonly url: string }): string {
  return url;
}
