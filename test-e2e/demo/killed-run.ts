/** Runs the program of the README's picture against a real VictoriaLogs. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../environment/run-program.ts';
import { LOGGERS, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';

/** What came of it. */
export interface KilledRun {
  readonly signal: string | null;
  /** Each message that was printed, with the line breaks inside it, in order. */
  readonly printed: readonly string[];
  /** The records that arrived, in order. */
  readonly records: readonly Readonly<Record<string, string>>[];
}

const PROGRAM = fileURLToPath(new URL('fixtures/shop.mjs', import.meta.url));

/** Runs it with the preload, and waits until every message is stored. */
export async function runKilled(): Promise<KilledRun> {
  const server = await startVictoriaLogs();
  const { pino } = LOGGERS;
  const files = { 'shop.mjs': PROGRAM };
  const project = await scratchProject({ dependencies: { pino }, files });
  try {
    const job = `killed-${randomUUID()}`;
    const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
    const args = ['--stack-trace-limit=1', '--import', 'direct-logging', 'shop.mjs'];
    const { signal, stdout, stderr } = await runProgram({ args, env, cwd: project.folder });
    const inApp = (text: string) => text.replaceAll(project.folder, '/app').trimEnd();
    const [first = '', second = '', last = ''] = inApp(stdout).split('\n');
    const printed = [first, second, inApp(stderr), last];
    const query = `job:="${job}" | sort by ("shipper.seq")`;
    const records = await server.queryWhen(query, printed.length);
    return { signal, printed, records: JSON.parse(inApp(JSON.stringify(records))) };
  } finally {
    await project.remove();
    await server.stop();
  }
}
