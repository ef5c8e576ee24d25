/** What does a console.log cost with and without direct-logging, by where stdout leads and by the length of the line? */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import type { Measured } from './capture-program.ts';

const OUTPUTS: Readonly<Record<string, string>> = {
  '/dev/null': '"$@" 3>&1 >/dev/null',
  file: 'file=$(mktemp); "$@" 3>&1 >"$file"; rm "$file"',
  pipe: '{ "$@" 3>&4 | cat >/dev/null; } 4>&1',
};
const SIZES = [20, 160, 1_000, 10_000];
const RUNS = 3;
const PROGRAM = fileURLToPath(new URL('./capture-program.ts', import.meta.url));
const AUTO = import.meta.resolve('@direct-logging/auto');

/** `capture`: hooked, but the messages are not used. `shipped`: with the preload, to a VictoriaLogs. */
type Way = 'bare' | 'capture' | 'shipped';

const server = await startVictoriaLogs();
console.log(
  'One console.log, in µs; in brackets how many times as much as without direct-logging.\n',
);
for (const output of Object.keys(OUTPUTS)) {
  for (const size of SIZES) report(output, size);
}
console.log('\nA line of 160 characters into a pipe, besides:\n');
reportBesides();
await server.stop();

function report(output: string, size: number): void {
  const [bare, capture, shipped] = (['bare', 'capture', 'shipped'] as const).map((way) =>
    lowest(way, output, size, ({ microsecondsPerLine }) => microsecondsPerLine),
  ) as [number, number, number];
  const beside = (value: number) => `${value.toFixed(2)} (${(value / bare).toFixed(2)})`;
  console.log(
    `${output.padEnd(10)} ${String(size).padStart(6)} characters: bare ${bare.toFixed(2)}, ` +
      `captured ${beside(capture)}, shipped ${beside(shipped)}`,
  );
}

function reportBesides(): void {
  for (const way of ['bare', 'capture', 'shipped'] as const) {
    const bytes = lowest(way, 'pipe', 160, ({ bytesPerLine }) => bytesPerLine);
    const delay = lowest(way, 'pipe', 160, ({ loopDelayMs }) => loopDelayMs);
    console.log(
      `${way.padEnd(8)} ${bytes.toFixed(0)} bytes of heap a line, ` +
        `event-loop delay with 20 lines every 10 ms: ${delay.toFixed(2)} ms (99th percentile)`,
    );
  }
}

/** The value of the least disturbed of several runs. */
function lowest(
  way: Way,
  output: string,
  size: number,
  of: (measured: Measured) => number,
): number {
  return Math.min(...Array.from({ length: RUNS }, () => of(measure(way, output, size))));
}

function measure(way: Way, output: string, size: number): Measured {
  // Without garbage collections, the heap grows by exactly what is allocated.
  const flags = ['--min-semi-space-size=128', '--max-semi-space-size=128'];
  const preload = way === 'shipped' ? ['--import', AUTO] : [];
  const command = [process.execPath, ...flags, ...preload, PROGRAM, way, String(size)];
  const env = way === 'shipped' ? { ...process.env, VICTORIALOGS_URL: server.url } : process.env;
  const script = OUTPUTS[output] ?? '';
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...command], { env });
  if (stdout.length === 0) throw new Error(`The program failed: ${stderr}`);
  return JSON.parse(stdout.toString()) as Measured;
}
