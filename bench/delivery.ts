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

const server = await startVictoriaLogs({ own: true });
try {
  console.log('Lines in a request: a request costs VictoriaLogs about 150 µs, and a line 2.5 µs');
  for (const { title, lines, perSecond } of RATES) {
    const before = await requests(server);
    await run(lines, perSecond, true);
    const made = (await requests(server)) - before;
    const cost = (150 * made) / lines + 2.5;
    console.log(
      `  ${title.padEnd(20)} ${(lines / made).toFixed(1)}, so ${cost.toFixed(1)} µs a line`,
    );
  }
  console.log('processor time of the program for a console.log to /dev/null, as fast as it goes');
  const bare = await run(200_000, 0, false);
  console.log(`  without us           ${bare.toFixed(2)} µs`);
  const cost = await run(200_000, 0, true);
  console.log(`  with us              ${cost.toFixed(2)} µs, ×${(cost / bare).toFixed(1)}`);
  console.log('processor time of a line in core');
  for (const [step, cost] of Object.entries(await costOfAnOutage())) {
    console.log(`  ${step.padEnd(24)} ${cost.toFixed(2)} µs`);
  }
} finally {
  await server.stop();
}

/** Runs the program; processor time per line in microseconds. */
async function run(lines: number, perSecond: number, isShipped: boolean): Promise<number> {
  const preload = isShipped ? ['--import', '@direct-logging/auto'] : [];
  const child = spawn(process.execPath, [...preload, PROGRAM, String(lines), String(perSecond)], {
    cwd: join(import.meta.dirname, '../apps/lambda-example'),
    env: { ...process.env, VICTORIALOGS_URL: server.url },
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
