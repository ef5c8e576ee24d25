/** The Lambda matrix: every kind of handler under every runtime client prints in forty ways, and nobody notices us. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { forTests } from '../environment/for-tests.ts';
import type { LambdaRuntime } from '../environment/lambda-runtime.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { LOGGERS } from '../environment/scratch-project.ts';
import { startFunctions } from '../lambda/functions.ts';
import { CLIENTS, type Client, runtimesIn } from './clients.ts';
import { HANDLERS, type Handler } from './handlers.ts';
import { keepFunctions, type MeasuredFunction } from './measured.ts';
import { type Cell, runCell } from './run-cell.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const whole = isFullRun();

const functions = forTests(() =>
  startFunctions({
    files: Object.fromEntries(readdirSync(FIXTURES).map((name) => [name, FIXTURES + name])),
    dependencies: LOGGERS,
  }),
);
let runtimes: Record<Client['name'], LambdaRuntime>;
const results: MeasuredFunction[] = [];

beforeAll(async () => {
  runtimes = await runtimesIn(functions.project.folder);
});
afterAll(() => {
  if (results.length === cells().length) keepFunctions(results);
});

describe.concurrent('stores each message of each invocation once, with its ids, before the next one', () => {
  it.for(cells())(
    '$client.title, Node $major, $format, $handler.title',
    async (cell, { expect }) => {
      const node = await nodeBinary(cell.major);
      const run = await runCell(functions, cell, { node, runtime: runtimes[cell.client.name] });
      const { client, handler, major, format } = cell;
      const { unchanged, printed, right } = run;
      results.push({
        client: client.name,
        handler: handler.handler,
        node: major,
        format,
        unchanged,
        printed,
        right,
      });
      expect(run.wrong).toEqual([]);
      expect(run.shipped).toEqual(run.bare);
    },
  );
});

/** All of them; in a normal run each handler once and each client once more. */
function cells(): Cell[] {
  if (whole) {
    return CLIENTS.flatMap((client) =>
      client.majors.flatMap((major) =>
        HANDLERS.filter((handler) => works(handler, client)).flatMap((handler) =>
          (['text', 'JSON'] as const).map((format) => ({ client, handler, major, format })),
        ),
      ),
    );
  }
  const [standard, ...others] = CLIENTS;
  const [simple] = HANDLERS;
  if (standard === undefined || simple === undefined) return [];
  return [
    ...HANDLERS.filter((handler) => works(handler, standard)).map((handler, at) => ({
      ...{ client: standard, handler, major: 24 as const },
      format: at % 2 === 0 ? ('text' as const) : ('JSON' as const),
    })),
    ...others.map((client) => ({
      client,
      handler: HANDLERS.find(({ callsBack }) => callsBack && client.knowsCallbacks) ?? simple,
      major: client.majors.find((major) => major === 24) ?? (20 as const),
      format: 'text' as const,
    })),
  ];
}

function works({ callsBack }: Handler, { knowsCallbacks }: Client): boolean {
  return !callsBack || knowsCallbacks === true;
}
