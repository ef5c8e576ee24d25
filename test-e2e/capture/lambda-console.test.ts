/** The console of Lambda's runtime client in each of its modes: every message once, as the function gave it. */
import { randomUUID } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { testProject, testServer } from '../environment/for-tests.ts';
import { functionProcess, startFunction } from '../environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { startRuntimeApi } from '../environment/runtime-api.ts';
import type { Row } from '../environment/victorialogs-queries.ts';

const server = testServer();
let runtime: LambdaRuntime;
const project = testProject({
  files: { 'speaks.mjs': fileURLToPath(new URL('./fixtures/speaks.mjs', import.meta.url)) },
});

beforeAll(async () => {
  runtime = await ensureLambdaRuntime();
});

const TABLE = '┌─────────┬───┐\n│ (index) │ 0 │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘';
const SPOKEN = [
  'INFO log 1',
  'INFO info',
  'DEBUG debug',
  'WARN two\nlines',
  'ERROR failed: RangeError: out of range',
  'INFO { order: 7 }',
  'WARN from a logger',
  `INFO ${TABLE}`,
  'INFO raw',
  'INFO raw to stderr',
  'INFO descriptor',
];
/** In the JSON format an object that is the only argument stays one. */
const AS_JSON = SPOKEN.map((text) => text.replace('{ order: 7 }', '{"order":7}'));
/** What the client does not print at its level WARN is not shipped. */
const FILTERED = SPOKEN.filter((text) => /^(WARN two|ERROR)|raw|descriptor/.test(text));
/** The object as fields of the client's `message`; the text of one as the fields of a line of its own. */
const ORDER_7 = { 'message.order': '7' };
const ORDER_8 = { _msg: 'from a logger', order: '8' };

interface Mode {
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptor 5 is open, and named as the one for the platform's telemetry. */
  readonly telemetry?: boolean;
  readonly expected: readonly string[];
}

const MANAGED = { AWS_LAMBDA_MAX_CONCURRENCY: '4', AWS_LAMBDA_NODEJS_WORKER_COUNT: '1' };
const MODES: Readonly<Record<string, Mode>> = {
  'text on stdout': { expected: SPOKEN },
  'JSON on stdout': { env: { AWS_LAMBDA_LOG_FORMAT: 'JSON' }, expected: AS_JSON },
  'text on the telemetry descriptor': { telemetry: true, expected: SPOKEN },
  'JSON on the telemetry descriptor': {
    telemetry: true,
    env: { AWS_LAMBDA_LOG_FORMAT: 'JSON' },
    expected: AS_JSON,
  },
  'only from WARN up': {
    env: { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' },
    expected: FILTERED,
  },
  'in the worker threads of a managed instance': { env: MANAGED, expected: AS_JSON },
};

it.each(Object.entries(MODES))('%s', async (_, { env, telemetry, expected }) => {
  const name = `speaks-${randomUUID().slice(0, 8)}`;
  const api = await startRuntimeApi();
  const running = await startFunction(
    functionProcess({
      runtime,
      folder: project.folder,
      handler: 'speaks.handler',
      nodeOptions: '--import @direct-logging/auto',
      node: telemetry === true ? await nodeWithTelemetry() : undefined,
      env: {
        VICTORIALOGS_URL: server.url,
        LOG_LEVEL: 'DEBUG',
        AWS_LAMBDA_FUNCTION_NAME: name,
        ...env,
      },
    }),
    api,
  );
  try {
    const requestId = randomUUID();
    expect(await api.invoke({}, { requestId })).toEqual({ kind: 'response', body: '"spoken"' });
    const query = `container_name:="${name}" aws_request_id:="${requestId}" | sort by (_time)`;
    const rows = await server.queryWhen(query, expected.length);
    expect(rows.map((row) => `${row.level} ${spoken(row)}`)).toEqual(expected);
    const failed = rows.find(({ level }) => level === 'ERROR');
    expect(failed).toMatchObject({
      'error.type': 'RangeError',
      'error.message': 'out of range',
      'error.stack': expect.stringMatching(/^RangeError: out of range\n {4}at /),
    });
    if (expected === AS_JSON) expect(rows).toContainEqual(expect.objectContaining(ORDER_7));
    if (expected !== FILTERED) expect(rows).toContainEqual(expect.objectContaining(ORDER_8));
  } finally {
    await running.stop();
    await api.stop();
  }
});

/** Without the stack, which names places in the runtime client. */
function spoken(row: Row): string {
  return (row._msg ?? '').replace(/\n {4}at .*/s, '');
}

/** A program that is Node with descriptor 5 open. */
async function nodeWithTelemetry(): Promise<string> {
  const path = join(project.folder, 'node-with-telemetry');
  const script = `#!/bin/sh\nexport _LAMBDA_TELEMETRY_LOG_FD=5\nexec '${process.execPath}' "$@" 5>/dev/null\n`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}
