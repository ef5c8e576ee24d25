/** How many requests do lines make at different rates, what does holding lines of a burst save, what does an outage add? */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVictoriaLogs, type VictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { costOfAnOutage } from './delivery/down.ts';

const RATES = [
  { title: '2 a second', lines: 10, perSecond: 2 },
  { title: '20 a second', lines: 100, perSecond: 20 },
  { title: '100 a second', lines: 500, perSecond: 100 },
  { title: '1,000 a second', lines: 5_000, perSecond: 1_000 },
  { title: 'as fast as it goes', lines: 200_000, perSecond: 0 },
];
const PROGRAM = fileURLToPath(new URL('./delivery/program.ts', import.meta.url));
const HOLDS = ['0', '2', '10'];

const server = await startVictoriaLogs({ own: true });
try {
  console.log('Lines in a request: a request costs VictoriaLogs about 150 µs, and a line 2.5 µs');
  for (const { title, lines, perSecond } of RATES) {
    const before = await requests(server);
    await run(lines, perSecond, '0');
    const made = (await requests(server)) - before;
    const cost = (150 * made) / lines + 2.5;
    console.log(
      `  ${title.padEnd(20)} ${(lines / made).toFixed(1)}, so ${cost.toFixed(1)} µs a line`,
    );
  }
  console.log('processor time of the program for a console.log to /dev/null, as fast as it goes');
  const bare = await run(200_000, 0, undefined);
  console.log(`  without us           ${bare.toFixed(2)} µs`);
  for (const hold of HOLDS) {
    const cost = await run(200_000, 0, hold);
    console.log(
      `  VICTORIALOGS_HOLD_MS=${hold.padEnd(3)} ${cost.toFixed(2)} µs, ×${(cost / bare).toFixed(1)}`,
    );
  }
  console.log('processor time of a line in core');
  for (const [step, cost] of Object.entries(await costOfAnOutage())) {
    console.log(`  ${step.padEnd(24)} ${cost.toFixed(2)} µs`);
  }
} finally {
  await server.stop();
}

/** Runs the program; processor time per line in microseconds. */
async function run(lines: number, perSecond: number, hold: string | undefined): Promise<number> {
  const preload = hold === undefined ? [] : ['--import', '@direct-logging/auto'];
  const child = spawn(process.execPath, [...preload, PROGRAM, String(lines), String(perSecond)], {
    cwd: join(import.meta.dirname, '../apps/lambda-example'),
    env: { ...process.env, VICTORIALOGS_URL: server.url, VICTORIALOGS_HOLD_MS: hold ?? '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  await once(child, 'close');
  return JSON.parse(said).cpuMicroseconds;
}

async function requests({ url }: VictoriaLogs): Promise<number> {
  // The page of metrics is made anew once a second.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const page = await (await fetch(`${url}/metrics`)).text();
  return Number(
    /^vl_http_requests_total\{path="\/insert\/jsonline"\} (\S+)$/m.exec(page)?.[1] ?? 0,
  );
}
