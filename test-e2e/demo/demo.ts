/**
 * `npm run demo`: a Lambda function that logs with `console` alone is killed right after its last answer, and what
 * VictoriaLogs holds of it is shown as it comes; then the same in a container, where a Docker engine runs. On a terminal it waits for
 * a key in the end, so that the link can be opened. With `--keep` VictoriaLogs goes on until Ctrl-C; one that was running
 * before goes on anyway.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { engineVersion } from '../environment/docker.ts';
import { withoutLastWords } from '../environment/function-container.ts';
import { type Say, sayOnStderr } from '../environment/progress.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { runInContainer } from './container-run.ts';
import {
  ensureParts,
  events,
  exampleQueries,
  type Parts,
  queryFor,
  runFunction,
} from './function-run.ts';
import { keyOf, liveTable } from './live-table.ts';
import { heading, queryList, recordRows, tableTitles, verdict, vmuiLink } from './report.ts';
import { isWatched, untilKeyIsPressed } from './terminal.ts';

const FOREVER_MS = 2 ** 31 - 1;
const WIDTH = 80;
/** Between two invocations, for who watches. */
const PAUSE_MS = 1_200;

/** What is too long is broken behind its commas. */
const say: Say = (line) => sayOnStderr(line.length > WIDTH ? line.replaceAll(', ', ',\n  ') : line);

await demo(readFlags()).catch((error: Error) => {
  say(`The demo has failed: ${error.message}`);
  process.exit(1);
});

async function demo({ keep }: { keep: boolean }): Promise<void> {
  const engine = await engineVersion();
  const [server, parts] = await Promise.all([startServer(engine !== undefined), ensureParts(say)]);
  const printed = await killedFunction(server, parts);
  await removedContainer(server, printed);
  print('', heading('In the browser'), vmuiLink(server.url));
  if (!server.ours) return;
  if (keep) await untilInterrupted();
  if (isWatched()) {
    print('Open it now. Any key stops VictoriaLogs and removes its data.');
    await untilKeyIsPressed();
  }
  await server.stop();
  print('VictoriaLogs is stopped now. `npm run demo -- --keep` leaves it running.');
}

/** In a container where it can be, since only there other containers reach it. */
async function startServer(hasEngine: boolean): Promise<VictoriaLogs> {
  if (hasEngine && process.env.VICTORIALOGS_TEST_URL === undefined) {
    const server = await startVictoriaLogs({ say, prefer: 'container' }).catch(() => undefined);
    if (server !== undefined) return server;
  }
  return startVictoriaLogs({ say });
}

/** The number of messages that the function has printed. */
async function killedFunction(server: VictoriaLogs, parts: Parts): Promise<number> {
  const { columns } = process.stdout;
  const query = queryFor(new Date());
  let titles = ['', heading('What VictoriaLogs holds'), tableTitles(columns)];
  const table = liveTable(server, query, (records) => {
    print(...titles, ...recordRows(records, columns));
    titles = [];
  });
  const run = await runFunction(server.url, parts, await events(), {
    say,
    between: async () => {
      if (isWatched()) await sleep(PAUSE_MS);
    },
  });
  judge('The function', run.printed, await table.finish(run.printed));
  const queries = exampleQueries(run);
  const counts = queries.map(async (each) => ({ query: each, count: await server.count(each) }));
  print('', heading('Queries'), ...queryList(await Promise.all(counts)));
  return run.printed;
}

/** It prints the same messages: the container is removed too soon to ask how many. */
async function removedContainer(server: VictoriaLogs, printed: number): Promise<void> {
  const { containerUrl } = server;
  print('', heading('The same in a container'));
  if (containerUrl === undefined) {
    print('Not shown: this needs Docker, and a VictoriaLogs that the demo starts.');
    return;
  }
  const query = queryFor(new Date());
  await runInContainer(containerUrl, await events(), say);
  // The runtime client may have lost its Runtime API a moment before its own end, and have said so.
  judge('The container', printed, withoutLastWords(await server.queryWhen(query, printed)));
}

function judge(who: string, printed: number, records: readonly Row[]): void {
  const isComplete = printed === records.length && new Set(records.map(keyOf)).size === printed;
  print('', ...verdict(who, printed, records.length, isComplete));
  if (!isComplete) process.exitCode = 1;
}

function readFlags(): { keep: boolean } {
  try {
    const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
    return { keep: values.keep };
  } catch (error) {
    say(`${(error as Error).message}\nUsage: npm run demo [-- --keep]`);
    process.exit(2);
  }
}

/** Ctrl-C ends this process, and with it VictoriaLogs and its data. */
async function untilInterrupted(): Promise<never> {
  print('VictoriaLogs is running. Ctrl-C stops it and removes its data.');
  return new Promise(() => setInterval(() => {}, FOREVER_MS));
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
