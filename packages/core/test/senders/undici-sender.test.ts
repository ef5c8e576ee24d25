import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Queue } from '../../src/delivery/queue.ts';
import { completeOptions } from '../../src/options.ts';
import { waiting } from '../../src/process/ending.ts';
import { nodeTimers, steadyClock, type Timers } from '../../src/process/timers.ts';
import { type BlockRange, IMPORTANCE } from '../../src/senders/block.ts';
import type { Outcome } from '../../src/senders/outcome.ts';
import type { SenderHost } from '../../src/senders/sender.ts';
import { UndiciSender } from '../../src/senders/undici-sender.ts';
import { newState } from './learned.ts';

const INFO = IMPORTANCE.ordinary;

let close: () => void = () => {};
afterEach(() => close());

async function start(
  statuses: readonly number[],
  socketPath?: string,
  answer?: http.RequestListener,
  timers?: Timers,
) {
  const bodies: string[] = [];
  const server = http.createServer((request, response) => {
    if (answer !== undefined && bodies.length === 0) {
      bodies.push('');
      return answer(request, response);
    }
    let body = '';
    request.on('data', (bytes) => {
      body += bytes;
    });
    request.on('end', () => {
      response.writeHead(statuses[bodies.length] ?? 200, { 'Retry-After': '2' });
      bodies.push(body);
      response.end('text');
    });
  });
  const place = socketPath === undefined ? { host: '127.0.0.1', port: 0 } : { path: socketPath };
  await new Promise<void>((resolve) => server.listen(place, resolve));
  const { port } = server.address() as { port: number };
  const url = socketPath === undefined ? `http://127.0.0.1:${port}` : `unix:${socketPath}`;
  const { settings } = completeOptions({ url }, {}, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  const queue = new Queue(1 << 24, Date.now, () => {});
  const outcomes: Outcome[] = [];
  const connections: string[] = [];
  const host: SenderHost = {
    get lines() {
      return outcomes.length > 4 ? 0 : queue.unsent;
    },
    retry: { state: newState(1 << 24) },
    current: { isGone: false },
    flushSync() {},
    take: (maxBytes): BlockRange | undefined => queue.take(maxBytes),
    settle: (ranges, outcome) => {
      outcomes.push(outcome);
      for (const range of ranges) {
        if (outcome.kind === 'delivered') queue.settle(range);
        else queue.giveBack(range);
      }
    },
    connection: (is, reason) => void connections.push(is + reason),
  };
  const sender = new UndiciSender(settings, host, timers);
  close = () => {
    sender.close();
    server.close();
  };
  return { bodies, connections, outcomes, port, queue, sender, server };
}

describe('UndiciSender', () => {
  it.skipIf(process.platform === 'win32')('sends to a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'direct-logging-'));
    try {
      const { bodies, queue, sender } = await start([], join(folder, 'vl.sock'));
      queue.append('a\n', INFO);
      sender.pump();
      await vi.waitFor(() => expect(queue.lines).toBe(0));
      expect(bodies).toEqual(['a\n']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('sends what was logged in one run as one request, and what came meanwhile as the next', async () => {
    const { bodies, queue, sender } = await start([]);
    for (const line of ['a\n', 'b\n', 'c\n']) {
      queue.append(line, INFO);
      sender.pump();
    }
    await Promise.resolve();
    expect(queue.inFlight).toBe(3);
    queue.append('d\n', INFO);
    queue.append('e\n', INFO);
    await vi.waitFor(() => expect(queue.lines).toBe(0));
    expect(bodies).toEqual(['a\nb\nc\n', 'd\ne\n']);
  });

  it('tells of each connection, so that what the spool holds is read', async () => {
    const { connections, port, queue, sender } = await start([]);
    queue.append('a\n', INFO);
    sender.pump();
    await vi.waitFor(() => expect(queue.lines).toBe(0));
    expect(connections).toEqual([`made at 127.0.0.1 port ${port}, batches through undici`]);
  });

  it('tells of an idle connection that has ended: the server may have been killed', async () => {
    const { connections, queue, sender, server } = await start([]);
    queue.append('a\n', INFO);
    sender.pump();
    await vi.waitFor(() => expect(queue.lines).toBe(0));
    server.closeAllConnections();
    await vi.waitFor(() => expect(connections.slice(1)).toEqual([expect.stringMatching('^lost')]));
  });

  it('tells of a second one that was idle for as long, if one has lasted longer meanwhile', async () => {
    const { connections, queue, sender, server } = await start([]);
    const lost = () => connections.filter((report) => report.startsWith('lost'));
    const send = async (): Promise<void> => {
      queue.append('a\n', INFO);
      sender.pump();
      await vi.waitFor(() => expect(queue.lines).toBe(0));
    };
    for (let time = 1; time <= 2; time++) {
      await send();
      await sleep(100);
      server.closeAllConnections();
      await vi.waitFor(() => expect(lost()).toHaveLength(time));
      await send();
      await sleep(1_000);
    }
  });

  it('does not tell of a connection that the answer has ended', async () => {
    const { connections, queue, sender } = await start([], undefined, (_, response) => {
      response.writeHead(204, { Connection: 'close' }).end();
    });
    for (const line of ['a\n', 'b\n']) {
      queue.append(line, INFO);
      sender.pump();
      await vi.waitFor(() => expect(queue.lines).toBe(0));
    }
    expect(connections).toEqual([expect.stringMatching('^made'), expect.stringMatching('^made')]);
  });

  it('passes on what the server said and sends the same lines again', async () => {
    const { bodies, queue, outcomes, sender } = await start([429, 401, 400, 500]);
    queue.append('a\n', INFO);
    sender.pump();
    await vi.waitFor(() => expect(queue.lines).toBe(0));
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      'retryable',
      'refused',
      'unacceptable',
      'retryable',
      'delivered',
    ]);
    expect(outcomes[0]).toMatchObject({ retryAfterMs: 2_000, reason: 'status 429: text' });
    expect(new Set(bodies)).toEqual(new Set(['a\n']));
  });

  it('reads a letter of an answer that comes in two pieces', async () => {
    const { queue, outcomes, sender } = await start([], undefined, (request, response) => {
      request.resume();
      response.writeHead(400).write(Buffer.of(0xc3));
      setTimeout(() => response.end(Buffer.of(0xbc)), 20);
    });
    queue.append('a\n', INFO);
    sender.pump();
    await vi.waitFor(() => expect(outcomes[0]).toMatchObject({ reason: 'status 400: ü' }));
  });

  it('reads answers in a program that has replaced the decoder', async () => {
    const { queue, sender } = await start([200]);
    vi.stubGlobal('TextDecoder', undefined);
    try {
      queue.append('a\n', INFO);
      sender.pump();
      await vi.waitFor(() => expect(queue.lines).toBe(0));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('keeps a request at a mebibyte', async () => {
    const { bodies, queue, sender } = await start([]);
    const line = `${'x'.repeat(99_999)}\n`;
    for (let i = 0; i < 30; i++) queue.append(line, INFO);
    sender.pump();
    await vi.waitFor(() => expect(queue.lines).toBe(0), 5_000);
    for (const body of bodies) expect(body.length).toBeLessThanOrEqual(1024 * 1024);
    expect(bodies.join('').length).toBe(30 * 100_000);
  });

  it.each<[string, http.RequestListener]>([
    ['drips', (_, response) => void response.write('a')],
    ['consists of interim answers', (_, response) => response.writeProcessing()],
  ])('gives up an answer that %s without an end, and sends the lines again', async (_, begin) => {
    const started: Array<() => void> = [];
    const timers: Timers = {
      start: (callback) => {
        started.push(callback);
        return nodeTimers.start(() => {}, 1);
      },
      stop: nodeTimers.stop,
    };
    let asked = false;
    const { bodies, queue, outcomes, sender } = await start(
      [],
      undefined,
      (request, response) => {
        begin(request, response);
        const dripping = setInterval(() => begin(request, response), 20);
        response.on('close', () => clearInterval(dripping));
        asked = true;
      },
      timers,
    );
    queue.append('a\n', INFO);
    sender.pump();
    await vi.waitFor(() => expect(asked).toBe(true));
    expect(outcomes).toEqual([]);
    started[0]?.();
    await vi.waitFor(() => expect(queue.lines).toBe(0));
    expect(outcomes[0]).toMatchObject({ kind: 'retryable', reason: 'the answer has no end' });
    expect(bodies).toEqual(['', 'a\n']);
  });

  it('has time to connect when the program goes on after its natural end was delayed', async () => {
    const limits: number[] = [];
    const startTimer = (callback: () => void, ms: number) => {
      limits.push(ms);
      return nodeTimers.start(callback, ms);
    };
    waiting.until = steadyClock() - 1;
    onTestFinished(() => {
      waiting.until = undefined;
    });
    const timers = { start: startTimer, stop: nodeTimers.stop };
    const { queue, sender } = await start([], undefined, undefined, timers);
    queue.append('a\n', INFO);
    sender.pump();
    await vi.waitFor(() => expect(queue.lines).toBe(0));
    expect(Math.min(...limits)).toBeGreaterThanOrEqual(0);
  });

  it('says why when nobody listens', async () => {
    const { queue, outcomes, sender, server } = await start([]);
    await new Promise((resolve) => server.close(resolve));
    queue.append('a\n', INFO);
    sender.pump();
    await vi.waitFor(() =>
      expect(outcomes[0]).toMatchObject({ kind: 'retryable', reason: 'ECONNREFUSED' }),
    );
    sender.close();
  });
});
