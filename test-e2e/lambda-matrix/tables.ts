/** The Lambda matrix as the documentation shows it. */
import { table } from '../environment/docs-tables.ts';
import { CLIENTS } from './clients.ts';
import { HANDLERS } from './handlers.ts';
import { type MeasuredFunction, measuredFunctions } from './measured.ts';

/** The table, with what it is about, from what was measured last. */
export function lambdaMatrixTable(): string {
  const results = measuredFunctions();
  return [summary(results), byHandler(results), notes()].join('\n\n');
}

function summary(results: readonly MeasuredFunction[]): string {
  const nodes = [...new Set(results.map(({ node }) => node))].sort((a, b) => a - b).join(', ');
  const changed = results.filter(({ unchanged }) => !unchanged).length;
  return [
    `${results.length} functions on Node ${nodes}, each invoked twice, with the runtime's text and JSON formats, and once more without direct-logging.`,
    'A cell says how many of the messages that they printed, in 40 ways, were in VictoriaLogs exactly once with the right level and ids',
    'when the function asked for its next invocation or had ended (on Managed Instances, which nobody freezes then, within seconds).',
    `Functions whose answers, stdout or stderr differed from those without direct-logging: ${changed}`,
    '(of Managed Instances the answers and what comes on the socket for the log are compared: on stdout their threads print in an order',
    'that also differs without direct-logging).',
  ].join('\n');
}

function byHandler(results: readonly MeasuredFunction[]): string {
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
  return table(head, rows);
}

function cell(measured: readonly MeasuredFunction[]): string {
  const sum = (of: 'right' | 'printed') =>
    measured.reduce((total, result) => total + result[of], 0);
  return measured.length === 0 ? 'refused' : `${sum('right')} of ${sum('printed')}`;
}

function notes(): string {
  return [
    '- refused: aws-lambda-ric 4 refuses to load a handler that takes a callback, with direct-logging and without.',
    '- socket for its log: where the platform names one (`_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET`) the console prints there, else on stdout.',
    '- never settles: the process ends after the first invocation; on a Managed Instance it goes on without an answer.',
  ].join('\n');
}
