/** Writes the measured matrix into docs/lambda.md, between its markers: `node test-e2e/lambda-matrix/write-table.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import { CLIENTS } from './clients.ts';
import { HANDLERS } from './handlers.ts';
import { type Result, readResults } from './results.ts';

const PAGE = new URL('../../docs/lambda.md', import.meta.url);
const BEGIN = '<!-- lambda matrix: begin, written by test-e2e/lambda-matrix/write-table.ts -->';
const END = '<!-- lambda matrix: end -->';

const page = await readFile(PAGE, 'utf8');
const [before, after] = [page.split(BEGIN)[0], page.split(END)[1]];
if (before === undefined || after === undefined) throw new Error('docs/lambda.md has no markers');
const results = await readResults();
await writeFile(PAGE, `${before}${BEGIN}\n${summary()}\n\n${table()}\n${END}${after}`);

function summary(): string {
  const nodes = [...new Set(results.map(({ node }) => node))].sort((a, b) => a - b).join(', ');
  const changed = results.filter(({ unchanged }) => !unchanged).length;
  return [
    `${results.length} functions on Node ${nodes}, each invoked twice, with the runtime's text and JSON formats, and once more without us.`,
    'A cell says how many of the messages that they printed, in 40 ways, were in VictoriaLogs exactly once with the right level and ids',
    'when the function asked for its next invocation.',
    `Functions whose answers, stdout or stderr differed from those without us: ${changed}`,
    '(of Managed Instances the answers alone are compared: their threads print in an order that differs without us, too).',
  ].join('\n');
}

function table(): string {
  const head = [
    'handler',
    ...CLIENTS.map(({ title, majors }) => `${title}, Node ${majors.join(', ')}`),
  ];
  const rows = HANDLERS.map(({ handler, title }) => [
    title,
    ...CLIENTS.map(({ name }) =>
      cell(results.filter((result) => result.client === name && result.handler === handler)),
    ),
  ]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function cell(measured: readonly Result[]): string {
  const sum = (of: 'right' | 'printed') =>
    measured.reduce((total, result) => total + result[of], 0);
  return measured.length === 0 ? '' : `${sum('right')} of ${sum('printed')}`;
}
