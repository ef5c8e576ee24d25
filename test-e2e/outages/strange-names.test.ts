/**
 * The server drops rows of a block that has more than 2,000 names of fields, whoever wrote them
 * (https://github.com/VictoriaMetrics/VictoriaLogs/blob/v1.52.1/lib/logstorage/block.go, `maxColumnsPerBlock`). So whoever can
 * choose keys that a program logs could remove lines. Here strangers try to.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { ship } from './shipping-program.ts';

const LINES = 1_000;
/** The server needs long for so many names, longer on a busy machine. */
const EXIT_TIMEOUT_MS = 20_000;
/** An exit waits for a busy server, and then repeats a line or 16 KiB of each of up to four requests without an answer. */
const MAX_REPEATED = 4 * 64;

const server = testServer({ own: true });

it.each([
  { what: 'four records of 880 names', records: 4, names: 880 },
  { what: 'records whose names never come again', records: 1_000, names: 30 },
  { what: 'names that come again and again', records: 80, names: 30, times: 4 },
  { what: 'eight programs, each name once', records: 40, names: 30, programs: 8 },
  {
    what: 'four programs, each name again and again',
    records: 20,
    names: 30,
    times: 4,
    programs: 4,
  },
])('$what', async ({ records, names, times = 1, programs = 1 }) => {
  const stream = `strange-${randomUUID()}`;
  const env = {
    ...{ RECORDS: records, NAMES: names, TIMES: times, LINES },
    VICTORIALOGS_EXIT_TIMEOUT_MS: EXIT_TIMEOUT_MS,
  };
  const settings = Object.fromEntries(Object.entries(env).map(([key, is]) => [key, String(is)]));
  const runs = await Promise.all(
    Array.from({ length: programs }, () =>
      ship({
        program: 'strange-names.mjs',
        url: server.url,
        env: { ...settings, VICTORIALOGS_CONTAINER_NAME: stream },
        timeoutMs: 60_000,
      }),
    ),
  );
  for (const run of runs) expect(run).toMatchObject({ code: 0, stderr: '' });
  await merge();
  const [strange, ordinary] = [
    await stored(stream, 'a request'),
    await stored(stream, 'an ordinary line'),
  ];
  expect({ strange: strange.lines, ordinary: ordinary.lines }).toEqual({
    strange: programs * records * times,
    ordinary: programs * LINES,
  });
  for (const { rows, lines } of [strange, ordinary])
    expect(rows - lines).toBeLessThanOrEqual(programs * MAX_REPEATED);
});

async function stored(stream: string, message: string) {
  const [row] = await server.query(
    `{container_name="${stream}"} _msg:="${message}" | stats count() rows, count_uniq("shipper.id", "shipper.seq") lines`,
  );
  return { rows: Number(row?.rows), lines: Number(row?.lines) };
}

/** Makes the server merge all that it has of a day: only then it is seen what it keeps. */
async function merge(): Promise<void> {
  for (;;) {
    await server.forceFlush();
    await fetch(`${server.url}/internal/force_merge`);
    await sleep(500);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const sum = (name: string): number =>
      [...metrics.matchAll(new RegExp(`^${name} (\\d+)$`, 'gm'))]
        .map(([, value]) => Number(value))
        .reduce((all, one) => all + one, 0);
    const days = sum('vl_partitions');
    const inMemory = sum('vl_storage_parts\\{type="storage/inmemory"\\}');
    const inFiles = sum('vl_storage_parts\\{type="storage/(?:small|big)"\\}');
    if (inMemory === 0 && inFiles === days) return;
  }
}
