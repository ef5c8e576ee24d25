/** Times that code asks for, with a server that never answers. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
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

it('flushes for the time of the settings when it is asked for a time that is none, and says so', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const unfinished = { complete: false, pending: 1 };
  for (const timeoutMs of [Number.NaN, '5 s' as never, -1]) {
    expect(transport.flushSync({ timeoutMs })).toEqual(unfinished);
    expect(await transport.flush({ timeoutMs })).toEqual(unfinished);
    expect(await transport.flush({ atMostMs: timeoutMs })).toEqual(unfinished);
  }
  expect(warned.mock.calls.map(([warning]) => String(warning))).toEqual([
    'DirectLoggingWarning: timeoutMs: expected milliseconds from 0 to 600000, got NaN; 20 is used',
  ]);
  warned.mockRestore();
});
