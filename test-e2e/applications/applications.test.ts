/** Real frameworks that log with pino or through the console, unchanged, with the preload: every line they print, once. */
import { randomUUID } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { testProject, testServer } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { runProgram } from '../environment/run-program.ts';
import type { Row } from '../environment/victorialogs-queries.ts';

const PROGRAMS = [
  ...(['fastify', 'pino-http', 'nest', 'nest-logger'] as const),
  ...(['powertools', 'pretty', 'requests'] as const),
];
const LEVELS: Readonly<Record<string, string>> = {
  ...{ 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL', CRITICAL: 'FATAL' },
};

const server = testServer();
const project = testProject({
  files: Object.fromEntries(
    PROGRAMS.map((name) => [
      `apps/${name}.mjs`,
      fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url)),
    ]),
  ),
});

beforeAll(async () => {
  const theirs = await pinnedPackages({ name: 'applications', what: 'frameworks' });
  await symlink(theirs, join(project.folder, 'apps/node_modules'));
});

/** @param count How many records it makes. Default: one for each line that it prints. */
async function run(program: (typeof PROGRAMS)[number], count?: number, node?: string) {
  const job = randomUUID();
  const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job, LOG_LEVEL: 'TRACE' };
  const args = ['--import', 'direct-logging', `apps/${program}.mjs`];
  const { code, stdout, stderr } = await runProgram({ cwd: project.folder, args, env, node });
  const printed = { stdout: linesOf(stdout), stderr: linesOf(stderr) };
  const wanted = count ?? printed.stdout.length + printed.stderr.length;
  const rows = await server.queryWhen(`job:="${job}" | sort by (_time)`, wanted);
  expect(code).toBe(0);
  expect(rows).toHaveLength(wanted);
  return { printed, rows };
}

function linesOf(output: string): string[] {
  return output.split('\n').filter((line) => line !== '');
}

/** Every line on a stream is one record, with all its fields. */
function expectSame(lines: readonly string[], rows: readonly Row[], logger: string): void {
  const withoutOurs = rows.map((row) => {
    const names = /^(_time|_stream|_stream_id|stream|container_name|job|shipper\..+)$/;
    return Object.fromEntries(Object.entries(row).filter(([name]) => !names.test(name)));
  });
  expect(withoutOurs).toEqual(lines.map((line) => recordOf(JSON.parse(line), logger)));
}

/** The record that a line of pino or Powertools has to become. */
function recordOf(line: Record<string, unknown>, logger: string): Row {
  const { msg, message, time, timestamp, level, err, error, ...rest } = line;
  const { name, ...parts } = (err ?? error ?? {}) as Record<string, unknown>;
  const type = name === undefined ? {} : { type: name };
  return {
    _msg: String(msg ?? message),
    level: LEVELS[String(level)] ?? String(level),
    logger,
    ...flat({ ...rest, error: { ...parts, ...type } }, ''),
  };
}

function flat(value: unknown, name: string): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return value === null || text === '' ? {} : { [name]: text };
  }
  const members = Object.entries(value).map(([key, member]) =>
    flat(member, name === '' ? key : `${name}.${key}`),
  );
  return Object.assign({}, ...members) as Row;
}

describe('every line is one record with all its fields, of', () => {
  it('Fastify', async () => {
    const { printed, rows } = await run('fastify');
    expectSame(printed.stdout, rows, 'pino');
    expect(rows).toMatchObject([
      { _msg: expect.stringMatching(/^Server listening at/) },
      { _msg: 'incoming request', reqId: 'req-1', 'req.url': '/orders/17' },
      { _msg: 'looking for an order', reqId: 'req-1', orderId: '17' },
      { _msg: 'request completed', reqId: 'req-1', 'res.statusCode': '200' },
      { _msg: 'incoming request', reqId: 'req-2' },
      { _msg: 'out of stock', reqId: 'req-2', level: 'ERROR', 'error.type': 'RangeError' },
      { _msg: 'request completed', reqId: 'req-2', 'res.statusCode': '500' },
      { _msg: 'incoming request', reqId: 'req-3' },
      { _msg: 'Route GET:/nowhere not found', reqId: 'req-3' },
      { _msg: 'request completed', reqId: 'req-3', 'res.statusCode': '404' },
    ]);
  });

  it('pino-http', async () => {
    const { printed, rows } = await run('pino-http');
    expectSame(printed.stdout, rows, 'shop');
    expect(rows).toMatchObject([
      { _msg: 'looking for an order', reqId: '1', orderId: '17' },
      { _msg: 'request completed', reqId: '1', 'res.statusCode': '200' },
      { _msg: 'request errored', reqId: '2', 'error.message': 'out of stock' },
    ]);
  });

  it('NestJS with nestjs-pino', async () => {
    const { printed, rows } = await run('nest');
    expectSame(printed.stdout, rows, 'pino');
    const wanted = [
      { _msg: 'Nest application successfully started', context: 'NestApplication' },
      { _msg: 'looking for an order', context: 'Orders', 'req.id': '1', orderId: '17' },
      { _msg: 'request completed', 'req.id': '1', 'res.statusCode': '200' },
      { _msg: 'out of stock', 'req.id': '2', level: 'ERROR', 'error.type': 'RangeError' },
      { _msg: 'request errored', 'req.id': '2', 'res.statusCode': '500' },
    ];
    expect(rows.slice(-wanted.length)).toMatchObject(wanted);
  });

  it('Powertools for AWS Lambda', async () => {
    const { printed, rows } = await run('powertools');
    const on = (stream: string) => rows.filter((row) => row.stream === stream);
    expectSame(printed.stdout, on('stdout'), 'console');
    expectSame(printed.stderr, on('stderr'), 'console');
    const common = { service: 'shop', tenant: 'a' };
    expect(rows).toMatchObject([
      { ...common, _msg: 'looking', level: 'DEBUG' },
      { ...common, _msg: 'found', level: 'INFO', 'order.id': '17' },
      { ...common, _msg: 'slow', level: 'WARN', part: 'cart' },
      { ...common, _msg: 'failed', level: 'ERROR', 'error.type': 'RangeError' },
      { ...common, _msg: 'over', level: 'FATAL' },
    ]);
  });
});

it.each(await findNodes(testedMajors()))(
  'the lines of NestJS’s own logger have its levels, on Node $major',
  async ({ node }) => {
    const { rows } = await run('nest-logger', undefined, node);
    const levels = ['DEBUG', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
    expect(rows.map(({ level }) => level)).toEqual([...levels, ...levels]);
    const names = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];
    for (const [at, name] of names.entries()) {
      expect(rows[at]?._msg).toMatch(
        new RegExp(` ${name.toUpperCase()} \\[Orders\\] a ${name} without an error$`),
      );
      expect(rows[at + names.length]).toMatchObject({ _msg: `a ${name} in JSON` });
    }
  },
);

it('pino-pretty: a line that is printed later has no ids of the request that printed before it', async () => {
  const { rows } = await run('requests', 180);
  const ids = rows.map(({ _msg, trace_id }) => [/of (.)/.exec(_msg ?? '')?.[1], trace_id?.[0]]);
  expect(ids.filter(([own, id]) => id !== undefined && id !== own)).toEqual([]);
  expect(ids[0]).toEqual(['a', 'a']);
});

it('pino-pretty: as it is printed, from its thread and in the same thread', async () => {
  const { printed, rows } = await run('pretty', 6);
  expect(rows).toHaveLength(6);
  const records = rows.map(({ _msg, level, logger, stream }) => ({
    ...{ level, logger, stream },
    _msg: _msg?.replace(/^\[.+?\] /, ''),
  }));
  expect(records).toEqual(
    expect.arrayContaining([
      {
        ...{ level: 'INFO', logger: 'stdout', stream: 'stdout' },
        _msg: expect.stringMatching(/^INFO \(\d+\): in a thread\n {4}orderId: 17$/),
      },
      {
        ...{ level: 'ERROR', logger: 'stdout', stream: 'stdout' },
        _msg: expect.stringMatching(/^ERROR \(\d+\): out of stock\n/),
      },
      {
        ...{ level: 'WARN', logger: 'stdout', stream: 'stdout' },
        _msg: expect.stringMatching(/^WARN \(\d+\): in this thread$/),
      },
      {
        ...{ level: 'ERROR', logger: 'stdout', stream: 'stdout' },
        _msg: expect.stringMatching(
          /^ERROR .*: on several lines\n {4}order: \{\n {6}"id": 17\n {4}\}\n/,
        ),
      },
      { level: 'INFO', logger: 'pino', stream: 'stdout', _msg: 'in both forms' },
      {
        ...{ level: 'INFO', logger: 'stderr', stream: 'stderr' },
        _msg: expect.stringMatching(/^INFO \(\d+\): in both forms$/),
      },
    ]),
  );
  const onSeveralLines = rows.find(({ _msg }) => _msg?.includes('on several lines'));
  expect(onSeveralLines).toMatchObject({ 'error.type': 'RangeError', 'error.message': 'too many' });
  expect(printed.stdout.join('\n')).toContain('out of stock');
});
