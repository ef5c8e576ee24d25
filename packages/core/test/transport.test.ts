/** Times that code asks for, with a server that never answers. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { steadyClock } from '../src/process/timers.ts';
import { createTransport, type Transport } from '../src/transport.ts';

const hanging = createServer(() => {});
let transport: Transport;

beforeAll(async () => {
  hanging.listen(0, '127.0.0.1');
  await once(hanging, 'listening');
  const { port } = hanging.address() as AddressInfo;
  transport = createTransport({
    url: `http://127.0.0.1:${port}`,
    flushTimeoutMs: 20,
    exitTimeoutMs: 20,
  });
  transport.write({ text: 'a line' });
});
afterAll(async () => {
  await transport.close();
  hanging.close();
});

it('flushes for the time of the settings when the time that it is given is invalid, and says so', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const unfinished = { complete: false, pending: 1 };
  for (const options of [null, 300, 'x', Number.NaN, () => {}])
    expect(await transport.flush(options as never)).toEqual(unfinished);
  for (const timeoutMs of [Number.NaN, '5 s' as never, -1]) {
    expect(transport.flushSync({ timeoutMs })).toEqual(unfinished);
    expect(await transport.flush({ timeoutMs })).toEqual(unfinished);
    expect(await transport.flush({ atMostMs: timeoutMs })).toEqual(unfinished);
  }
  expect(warned.mock.calls.map(([warning]) => String(warning))).toEqual([
    'DirectLoggingWarning: timeoutMs: must be milliseconds from 0 to 600000; got NaN; 20 is used',
  ]);
  warned.mockRestore();
});

it('waits in no flush beyond a deadline, until the deadline is taken back', async () => {
  const long = { timeoutMs: 60_000 };
  const begin = steadyClock();
  transport.setDeadline(Date.now() + 50);
  expect(await transport.flush(long)).toEqual({ complete: false, pending: 1 });
  expect(transport.flushSync(long)).toEqual({ complete: false, pending: 1 });
  // Bounds far apart: the time itself is not what is tested.
  expect(steadyClock() - begin).toBeLessThan(30_000);
  transport.setDeadline(undefined);
  expect(await transport.flush()).toEqual({ complete: false, pending: 1 });
});

it('goes on after an input whose text throws what has no text itself', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const other = createTransport({ url: 'http://127.0.0.1:1', flushTimeoutMs: 0, redact: ['a'] });
  const fails = () => {
    throw { toString: () => [].at(0) };
  };
  other.write(Object.assign(() => {}, { toString: fails }) as never);
  other.write({ text: 'next' });
  await vi.waitFor(() => expect(other.stats.written).toBe(1));
  expect(String(warned.mock.calls[0]?.[0])).toContain('a record could not be made');
  warned.mockRestore();
  await other.close();
});

it('does not ask for the ids of what is logged while it asks for ids', async () => {
  const other = createTransport({ url: 'http://127.0.0.1:1', flushTimeoutMs: 0, exitTimeoutMs: 0 });
  let asked = 0;
  other.setContextProvider(() => {
    asked++;
    other.write({ text: 'asked' });
    throw new Error('not known');
  });
  for (let line = 0; line < 3; line++) other.write({ text: 'line' });
  expect([asked, other.stats.written, other.stats.dropped]).toEqual([3, 6, {}]);
  await other.close();
});

it('waits for a connection to a name without being told for how long', async () => {
  const { port } = hanging.address() as AddressInfo;
  const other = createTransport({ url: `http://localhost:${port}`, exitTimeoutMs: 30_000 });
  await other.ready();
  other.write({ text: 'a line' });
  // The kernel has it.
  expect(other.stats).toMatchObject({ queued: 1, unsent: 0 });
  await other.close({ timeoutMs: 0 });
});

it('says to nobody that no connection can be made', async () => {
  const other = createTransport({ url: 'http://127.0.0.1:1', flushTimeoutMs: 0, exitTimeoutMs: 0 });
  // Not to be seen among the keys, so it is not taken away: Node makes no socket.
  Object.defineProperty(Object.prototype, 'objectMode', { value: true, configurable: true });
  const outcome = await other.ready(10).catch((error: Error) => error);
  Reflect.deleteProperty(Object.prototype, 'objectMode');
  expect(outcome).toBeUndefined();
  await other.close();
});

it('tells of each record that it ships, and of none that it leaves out', async () => {
  const { port } = hanging.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const other = createTransport({ url, exitTimeoutMs: 0, level: 'WARN' });
  const told: string[] = [];
  other.setFilter(
    ({ text }) => text !== 'left out',
    ({ text }) => told.push(text),
  );
  for (const text of ['left out', 'a', '{"level":"info","msg":"b"}', '{"level":"warn","msg":"c"}'])
    other.write({ text, stream: 'stdout' });
  other.write({ text: 'd', level: 'ERROR' });
  expect(told).toEqual(['{"level":"warn","msg":"c"}', 'd']);
  await other.close();
});

it.each([
  ['does not tell of', undefined],
  ['with a spool, tells of', tmpdir()],
])('%s records that come while the server cannot be reached', async (_, parent) => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const spoolDir = parent && mkdtempSync(join(parent, 'spool-'));
  const other = createTransport({ url: 'http://127.0.0.1:1', exitTimeoutMs: 0, spoolDir });
  const told: string[] = [];
  other.setFilter(undefined, ({ text }) => told.push(text));
  await other.ready(1_000);
  other.write({ text: 'a line' });
  expect(told).toEqual(spoolDir ? ['a line'] : []);
  await other.close();
  if (spoolDir) rmSync(spoolDir, { recursive: true });
  vi.restoreAllMocks();
});
