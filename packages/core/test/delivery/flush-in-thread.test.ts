import { expect, it, vi } from 'vitest';
import { flushInThread } from '../../src/delivery/flush-in-thread.ts';
import { Queue } from '../../src/delivery/queue.ts';
import { createTransport } from '../../src/index.ts';
import { type BlockRange, IMPORTANCE, linesIn } from '../../src/senders/block.ts';
import { mayBeStored, type Outcome } from '../../src/senders/outcome.ts';
import type { Sender } from '../../src/senders/sender.ts';
import { ENDPOINT, startServer } from '../senders/exit-thread/thread-server.ts';
import { newState } from '../senders/learned.ts';

const CLOSED: Sender = { ready: async () => {}, pump() {}, close() {} };

/** A queue of lines of which a sender holds the first ones. */
function queueOf({ held, unsent }: { held: number; unsent: number }) {
  const queue = new Queue(1 << 24, Date.now, () => {});
  const append = (lines: number) => {
    for (let line = 0; line < lines; line++) queue.append('a\n', IMPORTANCE.ordinary);
  };
  append(held);
  const range = queue.take(1 << 20) as BlockRange;
  append(unsent);
  const giveBack = (back: BlockRange): void => queue.giveBack(back, back.to - back.from);
  const host = {
    lines: 0,
    retry: { state: newState(1 << 24) },
    current: { isGone: false },
    take: (maxBytes: number) => queue.take(maxBytes),
    settle(ranges: readonly BlockRange[], outcome: Outcome) {
      let sent = mayBeStored(linesIn(ranges), outcome);
      for (const one of ranges) {
        if (outcome.kind === 'delivered') queue.settle(one);
        else queue.giveBack(one, Math.min(sent, one.to - one.from));
        sent = Math.max(0, sent - (one.to - one.from));
      }
    },
    flushSync() {},
    connection() {},
  };
  let replacements = 0;
  const flush = (port: number, sender: Sender, timeoutMs = 5_000): void => {
    const settings = { endpoint: { ...ENDPOINT, port }, headers: {} } as never;
    const current = { sender, replace: () => void replacements++ };
    flushInThread({ host, queue, current, settings }, { connectMs: 5_000, timeoutMs });
  };
  return { queue, range, giveBack, flush, replacements: () => replacements };
}

const WITHOUT_LOOP = {
  untakenLines: 0,
  isSilent: false,
  pump: () => false,
  answeredElsewhere() {},
};

it('makes a new sender once the event loop goes on, and one for all flushes before that', async () => {
  const { port } = await startServer(-1, '');
  const { range, giveBack, flush, replacements } = queueOf({ held: 5, unsent: 3 });
  giveBack(range);
  const sender = { ...CLOSED };
  flush(port, sender);
  flush(port, sender);
  await null;
  expect(replacements()).toBe(0);
  await vi.waitUntil(() => replacements() > 0);
  expect(replacements()).toBe(1);
});

it('makes no new sender if the transport is closed before', async () => {
  const { port } = await startServer(-1, '');
  const { range, giveBack, flush, replacements } = queueOf({ held: 5, unsent: 3 });
  giveBack(range);
  const sender = { ...CLOSED };
  flush(port, sender);
  sender.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(replacements()).toBe(0);
});

it('sends what a closed sender has given back', async () => {
  const { port, lines } = await startServer(-1, '');
  const { queue, range, giveBack, flush } = queueOf({ held: 5, unsent: 3 });
  flush(port, {
    ...CLOSED,
    withoutLoop: { ...WITHOUT_LOOP, pump: () => true },
    close: () => giveBack(range),
  });
  expect(queue.lines).toBe(0);
  expect(lines[0]).toBe(8);
});

it('sends nothing of a silent connection that answers', async () => {
  const { port, lines } = await startServer(-1, '');
  const { queue, range, flush } = queueOf({ held: 5, unsent: 3 });
  let answers = 0;
  const silent: Sender = {
    ...CLOSED,
    withoutLoop: {
      untakenLines: 0,
      isSilent: true,
      pump() {
        // It answers once the new connection has.
        if (answers > 0 && queue.inFlight === 5) queue.settle(range);
        return false;
      },
      answeredElsewhere: () => answers++,
    },
  };
  flush(port, silent);
  expect(queue.lines).toBe(0);
  expect(lines[0]).toBe(3);
});

it('asks without lines when all are on silent connections, and sends what these give back', async () => {
  const { port, lines } = await startServer(-1, '');
  const { queue, range, giveBack, flush } = queueOf({ held: 5, unsent: 0 });
  const answered: number[] = [];
  const dead: Sender = {
    ...CLOSED,
    withoutLoop: {
      ...WITHOUT_LOOP,
      isSilent: true,
      answeredElsewhere(_, { bytes }) {
        if (answered.push(bytes) === 1) giveBack(range);
      },
    },
  };
  flush(port, dead);
  expect(queue.lines).toBe(0);
  expect(lines[0]).toBe(5);
  expect(answered[0]).toBe(0);
  expect(answered).toHaveLength(2);
});

it.each([
  ['a silent connection still has', true, 5],
  ['a closed connection had', false, 5],
])('counts what %s as sent', async (_, isSilent, sent) => {
  const { port } = await startServer(0, '');
  const { queue, range, giveBack, flush } = queueOf({ held: 5, unsent: 0 });
  let isOpen = true;
  const sender: Sender = {
    ...CLOSED,
    withoutLoop: { ...WITHOUT_LOOP, isSilent },
    close() {
      if (isOpen) giveBack(range);
      isOpen = false;
    },
  };
  flush(port, sender, 300);
  expect(queue.unconfirmed).toBe(sent);
  expect(queue.lines).toBe(5);
});

it('counts nothing that no connection has taken', () => {
  const { queue, flush } = queueOf({ held: 0, unsent: 3 });
  flush(1, CLOSED);
  expect(queue.unconfirmed).toBe(0);
  expect(queue.lines).toBe(3);
});

it('sends less at once to a server that finds a request too large', async () => {
  const tooLarge = "request.headers['content-length'] > 100_000";
  const { port, lines } = await startServer(-1, 'response.writeHead(413).end()', tooLarge);
  // A name takes the event loop.
  const transport = createTransport({ url: `http://localhost:${port}` });
  for (let line = 0; line < 3_000; line++) transport.write({ text: 'x'.repeat(300) });
  expect(transport.flushSync({ timeoutMs: 50_000 })).toEqual({ complete: true, pending: 0 });
  expect(lines[0]).toBe(3_000);
  await transport.close();
});

it('sends little after a broken connection, and then twice as much each time', async () => {
  const breaks = `globalThis.taken = 16 * 1024;
    request.resume().on('end', () => request.socket.resetAndDestroy())`;
  const isTooMuch = "!(request.headers['content-length'] <= globalThis.taken)";
  const when = `${isTooMuch} || void (globalThis.taken *= 2)`;
  const { port, lines } = await startServer(-1, breaks, when);
  // A name takes the event loop.
  const transport = createTransport({ url: `http://localhost:${port}` });
  for (let line = 0; line < 3_000; line++) transport.write({ text: 'x'.repeat(300) });
  expect(transport.flushSync({ timeoutMs: 50_000 })).toEqual({ complete: true, pending: 0 });
  expect([...lines]).toEqual([3_000, 1]);
  await transport.close();
});

it.each([
  ['broken connections have taken', 'request.socket.resetAndDestroy()'],
  ['a server that answers 429 has not taken', 'response.writeHead(429).end()'],
  ['a server that answers 503 has not taken', 'response.writeHead(503).end()'],
])('sends again what %s', async (_, fails) => {
  const failsAgain = `globalThis.failed = (globalThis.failed ?? 0) + 1; ${fails}`;
  const { port, lines } = await startServer(-1, failsAgain, 'globalThis.failed !== 3');
  // A name takes the event loop.
  const transport = createTransport({ url: `http://localhost:${port}` });
  for (let line = 0; line < 100; line++) transport.write({ text: 'line' });
  expect(transport.flushSync({ timeoutMs: 50_000 })).toEqual({ complete: true, pending: 0 });
  expect(lines[0]).toBe(100);
  await transport.close();
});
