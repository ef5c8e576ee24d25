/**
 * `npm run demo`: a Lambda function that logs with `console` alone, its last invocation followed by SIGKILL, and what
 * VictoriaLogs holds of it. With `--keep` VictoriaLogs goes on until Ctrl-C; one that was running before goes on anyway.
 */
import { parseArgs } from 'node:util';
import { FUNCTION_NAME } from '../environment/lambda-function.ts';
import { sayOnStderr as say } from '../environment/progress.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { ensureParts, events, exampleQueries, runFunction } from './function-run.ts';
import { heading, queryList, recordTable, vmuiLink } from './report.ts';

const FOREVER_MS = 2 ** 31 - 1;

await demo(readFlags()).catch((error: Error) => {
  say(`The demo has failed: ${error.message}`);
  process.exit(1);
});

async function demo({ keep }: { keep: boolean }): Promise<void> {
  const [server, parts] = await Promise.all([startVictoriaLogs({ say }), ensureParts(say)]);
  const run = await runFunction(server.url, parts, await events(), say);
  const records = await server.queryWhen(run.query, run.printed);
  print('', heading('What VictoriaLogs holds'), ...recordTable(records, process.stdout.columns));
  const complete = run.printed === records.length && areDistinct(records);
  print('', verdict(run.printed, records.length, complete));
  print('', heading('Queries'), ...queryList(await counted(server, exampleQueries(run))));
  print('', heading('In the browser'), vmuiLink(server.url, `{container_name="${FUNCTION_NAME}"}`));
  if (!complete) process.exitCode = 1;
  if (!server.ours) return;
  if (keep) await untilInterrupted();
  await server.stop();
  print('VictoriaLogs is stopped now. `npm run demo -- --keep` leaves it running for this link.');
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

function verdict(printed: number, stored: number, complete: boolean): string {
  const sum = `The function printed ${printed} messages before it was killed, VictoriaLogs holds ${stored}`;
  return complete ? `${sum}: each of them, once.` : `${sum}: that is wrong.`;
}

/** Every record has a number of its own; the same one twice was delivered twice. */
function areDistinct(records: readonly Row[]): boolean {
  const numbers = records.map((record) => `${record['shipper.id']} ${record['shipper.seq']}`);
  return new Set(numbers).size === records.length;
}

async function counted(
  server: VictoriaLogs,
  queries: readonly string[],
): Promise<{ query: string; count: number }[]> {
  return Promise.all(queries.map(async (query) => ({ query, count: await server.count(query) })));
}

/** Ctrl-C ends this process, and with it VictoriaLogs and its data. */
async function untilInterrupted(): Promise<never> {
  print('VictoriaLogs is running. Ctrl-C stops it and removes its data.');
  return new Promise(() => setInterval(() => {}, FOREVER_MS));
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
