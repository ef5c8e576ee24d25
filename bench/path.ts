/** How many calls, in how many files, take a line from the hook to the descriptor? `--list` shows which. */
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { installPeers } from './loggers/install-peers.ts';
import { beside, told } from './measure/told.ts';
import { fixed, report } from './report/report.ts';

interface Called {
  readonly name: string;
  readonly file: string;
  /** Calls per line. */
  readonly calls: number;
}

const PROGRAM = beside(import.meta, 'path/program.mjs');
const WAYS = [
  { title: '`console.log` of text', kind: 'text', preloaded: true },
  { title: '`console.log` of a JSON line', kind: 'json', preloaded: true },
  { title: 'pino on stdout', kind: 'pino', preloaded: true },
  { title: '`pinoDestination`', kind: 'pino destination', preloaded: false },
  { title: 'winston transport', kind: 'winston transport', preloaded: false },
];

const server = await startVictoriaLogs();
try {
  const peers = await installPeers();
  const found: { title: string; calls: number; files: number }[] = [];
  for (const { title, kind, preloaded } of WAYS) {
    const called = await told<Called[]>({
      flags: preloaded ? ['--import', '@direct-logging/auto'] : [],
      program: PROGRAM,
      args: [kind],
      env: {
        BENCH_PEERS: peers,
        BENCH_SERVER: server.url,
        ...(preloaded ? { VICTORIALOGS_URL: server.url } : {}),
      },
    });
    if (process.argv.includes('--list')) console.log(title, called);
    const calls = called.reduce((sum, { calls }) => sum + calls, 0);
    found.push({ title, calls, files: new Set(called.map(({ file }) => file)).size });
  }
  const [text] = found as [(typeof found)[number]];
  await report({
    name: 'path',
    head: ['', 'calls a line', 'files'],
    rows: found.map(({ title, calls, files }) => [title, fixed(calls), String(files)]),
    goals: { pathCalls: text.calls, pathFiles: text.files },
  });
} finally {
  await server.stop();
}
