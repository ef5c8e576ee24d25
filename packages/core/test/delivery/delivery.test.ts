import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { DeliveryWarnings } from '../../src/delivery/delivery-warnings.ts';
import { type BlockRange, bytesOf } from '../../src/senders/block.ts';
import type { Outcome } from '../../src/senders/outcome.ts';
import type { ConnectionReport } from '../../src/senders/sender.ts';
import {
  answerAll,
  BUSY,
  DELIVERED,
  INFO,
  makeDelivery,
  reports,
  sender,
  WARN,
  withoutTimeAndWarnings,
} from './scripted-sender.ts';

/** Renames the files of a spool as if a process that is gone had left them. */
function orphan(spoolDir: string): void {
  for (const file of readdirSync(spoolDir)) {
    const of = file.replace(`.${process.pid}.`, '.999999999.').replace('.test-', '.gone-');
    renameSync(join(spoolDir, file), join(spoolDir, of));
  }
}

withoutTimeAndWarnings();

describe('Delivery', () => {
  it('hands every line to the sender at once and counts it as delivered when it is acknowledged', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    expect(delivery.stats).toMatchObject({ written: 1, queued: 1, delivered: 0 });
    expect(sender.answer(DELIVERED)).toBe('a\n');
    expect(delivery.stats).toMatchObject({ queued: 0, queuedBytes: 0, delivered: 1, resent: 0 });
  });

  it('tries a second time at once, then waits longer and longer, and sends the same lines in order', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    sender.answer(BUSY);
    delivery.append('b\n', INFO);
    expect(sender.requests).toHaveLength(1);
    sender.answer(BUSY);
    for (const wait of [100, 200, 400]) {
      vi.advanceTimersByTime(wait - 1);
      expect(sender.requests).toHaveLength(0);
      vi.advanceTimersByTime(1);
      expect(sender.requests).toHaveLength(1);
      sender.answer(BUSY);
    }
    delivery.append('c\n', INFO);
    vi.advanceTimersByTime(800);
    expect(answerAll(DELIVERED)).toBe('a\nb\nc\n');
    expect(delivery.stats).toMatchObject({ delivered: 3, queued: 0 });
    expect(delivery.stats.resent).toBe(6);
  });

  it('counts what fails on several connections at once as one failure', () => {
    const delivery = makeDelivery();
    for (const line of ['a\n', 'b\n', 'c\n', 'd\n']) delivery.append(line, INFO);
    for (let i = 0; i < 4; i++) sender.answer(BUSY);
    vi.advanceTimersByTime(99);
    expect(sender.requests).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(answerAll(DELIVERED)).toBe('a\nb\nc\nd\n');
  });

  it('waits as long as the server asks, also when others have been asked to wait less', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    delivery.append('b\n', INFO);
    sender.answer({ ...BUSY, retryAfterMs: 1_000 });
    sender.answer({ ...BUSY, retryAfterMs: 3_000 });
    vi.advanceTimersByTime(2_999);
    expect(sender.requests).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(sender.requests).toHaveLength(1);
  });

  it('waits as long as the server asks', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    sender.answer({ ...BUSY, retryAfterMs: 3_000 });
    vi.advanceTimersByTime(2_999);
    expect(sender.requests).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(sender.requests).toHaveLength(1);
  });

  it('goes on after a wait also when the event loop is blocked and no timer comes', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    sender.answer({ ...BUSY, retryAfterMs: 1_000 });
    vi.setSystemTime(Date.now() + 1_000);
    delivery.append('b\n', INFO);
    expect(answerAll(DELIVERED)).toBe('a\nb\n');
  });

  it('sends a server that has hung or failed for longer one request, and everything once that is answered', () => {
    const delivery = makeDelivery();
    for (let i = 0; i < 5; i++) delivery.append(`${i}\n`, INFO);
    for (let i = 0; i < 5; i++) sender.answer(BUSY);
    for (const wait of [100, 200, 400]) {
      vi.advanceTimersByTime(wait);
      delivery.append('more\n', INFO);
      expect(sender.requests).toHaveLength(1);
      expect(sender.answer(BUSY)).toBe('0\n');
    }
    vi.advanceTimersByTime(800);
    expect(sender.answer(DELIVERED)).toBe('0\n');
    delivery.append('last\n', INFO);
    expect(answerAll(DELIVERED)).toBe('1\n2\n3\n4\nmore\nmore\nmore\nlast\n');
  });

  it('finds the one record that is not accepted, gives it up and delivers its neighbors', () => {
    const delivery = makeDelivery();
    sender.host.settle([], { ...BUSY, retryAfterMs: 10 });
    for (let i = 0; i < 8; i++) delivery.append(`line ${i === 5 ? 'bad' : i}\n`, INFO);
    vi.advanceTimersByTime(10);
    let delivered = '';
    for (let i = 0; i < 60 && delivery.stats.queued > 0; i++) {
      sender.pump();
      const next = sender.requests[0]?.map((range) => bytesOf(range).toString()).join('');
      if (next === undefined) vi.advanceTimersByTime(60_000);
      else if (next.includes('bad')) {
        sender.answer({ kind: 'unacceptable', reason: 'status 400', drop: 'rejected' });
      } else delivered += sender.answer(DELIVERED);
    }
    expect(delivered.split('\n').sort().join('')).toBe(
      'droppedline 0line 1line 2line 3line 4line 6line 7',
    );
    expect(delivery.stats).toMatchObject({ queued: 0, delivered: 8, dropped: { rejected: 1 } });
    expect(reports).toEqual([{ rejected: 1 }]);
  });

  it('tries one record at a time while single ones are refused', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    sender.answer({ kind: 'unacceptable', reason: 'status 413', drop: 'too_large' });
    for (const line of ['b\n', 'c\n']) delivery.append(line, INFO);
    vi.advanceTimersByTime(1_000);
    sender.pump();
    sender.pump();
    expect(sender.requests).toHaveLength(1);
    expect(sender.answer(DELIVERED)).toBe('a\n');
    sender.pump();
    expect(sender.answer(DELIVERED)).toBe('b\nc\n');
  });

  it('asks less and less often about a refused line, though empty requests are taken meanwhile', () => {
    const delivery = makeDelivery();
    delivery.append('bad\n', INFO);
    for (const wait of [1_000, 2_000, 4_000, 8_000]) {
      sender.answer({ kind: 'unacceptable', reason: 'status 400', drop: 'rejected' });
      sender.host.settle([], DELIVERED);
      vi.advanceTimersByTime(wait - 1);
      expect(sender.requests).toHaveLength(0);
      vi.advanceTimersByTime(1);
      expect(sender.requests).toHaveLength(1);
    }
    sender.answer({ kind: 'unacceptable', reason: 'status 400', drop: 'rejected' });
    expect(delivery.stats).toMatchObject({ queued: 0, dropped: { rejected: 1 } });
  });

  it('makes requests no smaller because an empty one is refused', () => {
    const delivery = makeDelivery();
    sender.host.settle([], { kind: 'unacceptable', reason: 'status 400', drop: 'rejected' });
    sender.host.settle([], { ...BUSY, retryAfterMs: 10 });
    for (let i = 0; i < 8; i++) delivery.append(`${i}\n`, INFO);
    vi.advanceTimersByTime(50);
    expect(sender.answer(DELIVERED)).toBe('0\n1\n2\n3\n4\n5\n6\n7\n');
  });

  it('counts single records that are refused together as one refusal', () => {
    const delivery = makeDelivery();
    for (let i = 0; i < 8; i++) delivery.append(`line ${i}\n`, INFO);
    expect(sender.requests).toHaveLength(8);
    for (let i = 0; i < 8; i++) {
      sender.answer({ kind: 'unacceptable', reason: 'status 400', drop: 'rejected' });
    }
    expect(delivery.stats).toMatchObject({ queued: 8, dropped: {} });
  });

  it('loses nothing and does not hammer when the server takes nothing for a while', () => {
    const delivery = makeDelivery();
    sender.host.settle([], { ...BUSY, retryAfterMs: 10 });
    for (let i = 0; i < 100; i++) delivery.append(`line ${i}\n`, INFO);
    let attempts = 0;
    const start = Date.now();
    while (Date.now() - start < 5_000) {
      sender.pump();
      if (sender.requests.length === 0) vi.advanceTimersByTime(100);
      else {
        attempts++;
        sender.answer({ kind: 'unacceptable', reason: 'status 413', drop: 'too_large' });
      }
    }
    expect(attempts).toBeLessThan(120);
    expect(delivery.stats).toMatchObject({ queued: 100, dropped: {} });
  });

  it('holds the records and warns once, without hammering, when the server refuses everything', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    let attempts = 0;
    for (let second = 0; second < 120; second++) {
      if (sender.requests.length > 0) {
        attempts++;
        sender.answer({ kind: 'refused', reason: 'status 401' });
      }
      vi.advanceTimersByTime(1_000);
    }
    expect(attempts).toBeLessThan(9);
    expect(attempts).toBeGreaterThan(4);
    expect(delivery.stats).toMatchObject({ queued: 1, dropped: {} });
  });

  it.each([1 << 20, 2 ** 32])(
    'with %i bytes and durable sends again what a lost server had acknowledged',
    (bytes) => {
      const delivery = makeDelivery(bytes, true);
      delivery.append('a\n', INFO);
      sender.answer(DELIVERED);
      delivery.append('b\n', INFO);
      sender.answer({ kind: 'retryable', reason: 'gone', contactLost: true });
      sender.pump();
      expect(answerAll(DELIVERED)).toBe('b\na\n');
      expect(delivery.stats).toMatchObject({ delivered: 2, queued: 0 });
    },
  );

  it('with durable sends again what was acknowledged when an idle connection is lost', () => {
    const delivery = makeDelivery(65_536, true);
    delivery.append('a\n', INFO);
    answerAll(DELIVERED);
    sender.host.connection('lost', 'ECONNRESET');
    sender.pump();
    expect(answerAll(DELIVERED)).toBe('a\n');
    expect(delivery.stats).toMatchObject({ delivered: 1, resent: 1 });
  });

  it('with durable drops copies of acknowledged lines before any line that was never delivered', () => {
    const delivery = makeDelivery(65_536, true);
    const line = (at: number) => `${String(at).padStart(99, '0')}\n`;
    for (let at = 0; at < 300; at++) delivery.append(line(at), INFO);
    answerAll(DELIVERED);
    sender.host.connection('failed', 'ECONNREFUSED');
    expect(delivery.stats).toMatchObject({ delivered: 0, queued: 300, resent: 300 });
    for (let at = 300; at < 850; at++) delivery.append(line(at), INFO);
    const { queued, dropped } = delivery.stats;
    expect(dropped).toEqual({ copy: 850 - queued });
    vi.advanceTimersByTime(100);
    expect(answerAll(DELIVERED)).toContain(line(849));
  });

  it('with durable counts the copies that it had no room to keep', () => {
    const delivery = makeDelivery(1 << 16, true);
    for (let i = 0; i < 1_000; i++) {
      delivery.append(`${i} ${'x'.repeat(100)}\n`, INFO);
      answerAll(DELIVERED);
    }
    delivery.connection('lost', 'ECONNRESET');
    sender.pump();
    answerAll(DELIVERED);
    const { written, delivered, dropped } = delivery.stats;
    expect(dropped.copy).toBeGreaterThan(500);
    expect(delivered).toBe(written - (dropped.copy ?? 0));
  });

  it('brings back what only the spool had room for once the server takes lines, over the same connections', () => {
    const spoolDir = mkdtempSync(join(tmpdir(), 'direct-logging-delivery-'));
    const delivery = makeDelivery(1 << 16, false, spoolDir);
    const lines = 2_000;
    for (let line = 0; line < lines; line++) {
      const _time = new Date().toISOString();
      delivery.append(`${JSON.stringify({ _time, _msg: `line ${line}` })}\n`, INFO);
    }
    expect(delivery.stats.spooled).toBeGreaterThan(0);
    // The program has emitted `exit` itself, and goes on.
    delivery.endSpool();
    answerAll(BUSY);
    let received = '';
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1_000);
      received += answerAll(DELIVERED);
    }
    expect(delivery.stats).toMatchObject({ spooled: 0, queued: 0, dropped: {} });
    expect(new Set(received.match(/line \d+/g)).size).toBe(lines);
    delivery.endSpool();
    rmSync(spoolDir, { recursive: true });
  });

  it.each([
    ['are longer than the queue', [200_000, 10, 200_000]],
    ['do not fit beside what is in flight', [40_000, 40_000, 10]],
  ])('brings lines back from the spool that %s', (_, sizes) => {
    const spoolDir = mkdtempSync(join(tmpdir(), 'direct-logging-delivery-'));
    const fill = (size: number) => {
      const _time = new Date().toISOString();
      return `${JSON.stringify({ _time, _msg: 'x'.repeat(size) })}\n`;
    };
    const writer = makeDelivery(1 << 25, false, spoolDir);
    for (const size of sizes) writer.append(fill(size), INFO);
    writer.endSpool();
    orphan(spoolDir);
    const delivery = makeDelivery(1 << 16, false, spoolDir);
    let received = '';
    for (let round = 0; round < 5; round++) {
      // Something is always in flight.
      delivery.append(fill(1), INFO);
      delivery.readBack?.next();
      received += answerAll(DELIVERED);
    }
    const texts = received.match(/(?<="_msg":")x*/g) ?? [];
    const brought = texts.map(({ length }) => length).filter((length) => length > 1);
    expect(brought.sort((a, b) => a - b)).toEqual([...sizes].sort((a, b) => a - b));
    expect(delivery.readBack?.files).toBeLessThanOrEqual(sizes.length);
    expect(delivery.stats).toMatchObject({ spooled: 0, queued: 0, dropped: {} });
    delivery.endSpool();
    rmSync(spoolDir, { recursive: true });
  });

  it('leaves the spool alone while a few lines in flight hold all memory', () => {
    const spoolDir = mkdtempSync(join(tmpdir(), 'direct-logging-delivery-'));
    const writer = makeDelivery(1 << 25, false, spoolDir);
    writer.append(`{"_time":"${new Date().toISOString()}","_msg":"${'x'.repeat(10_000)}"}\n`, INFO);
    writer.endSpool();
    orphan(spoolDir);
    const delivery = makeDelivery(1 << 16, false, spoolDir);
    const hanging: BlockRange[][] = [];
    for (let line = 0; line < 12; line++) {
      delivery.append(`{"_msg":"${line} ${'x'.repeat(line % 3 === 0 ? 10 : 7_500)}"}\n`, INFO);
      if (line % 3 === 0) hanging.push(sender.requests.pop() ?? []);
      else sender.answer(DELIVERED);
    }
    expect(delivery.stats.queuedBytes).toBeLessThan(1_000);
    for (let attempt = 0; attempt < 5; attempt++) delivery.readBack?.next();
    expect(delivery.readBack?.files).toBe(0);
    for (const ranges of hanging) delivery.settle(ranges, DELIVERED);
    delivery.readBack?.next();
    expect(answerAll(DELIVERED)).toContain('xxx');
    expect(delivery.readBack?.files).toBe(1);
    expect(delivery.stats).toMatchObject({ spooled: 0, queued: 0, dropped: {} });
    delivery.endSpool();
    rmSync(spoolDir, { recursive: true });
  });

  it('gives lines a new time that have waited for longer than the server takes theirs', () => {
    vi.setSystemTime('2026-11-01T00:00:00Z');
    const delivery = makeDelivery();
    delivery.append('{"_time":"2026-11-01T00:00:00.000000001Z","_msg":"a"}\n', INFO);
    sender.answer({ ...BUSY, retryAfterMs: 60_000 });
    vi.setSystemTime('2026-11-09T00:00:00Z');
    delivery.append('{"_time":"2026-11-09T00:00:00.000000002Z","_msg":"b"}\n', INFO);
    expect(answerAll(DELIVERED)).toBe(
      '{"_time":"2026-11-09T00:00:00.000000000Z","_time_extracted":"2026-11-01T00:00:00.000000001Z","_msg":"a"}\n' +
        '{"_time":"2026-11-09T00:00:00.000000002Z","_msg":"b"}\n',
    );
  });

  it('tells of a loss at exit also after an outage that was told and overcome', () => {
    const told = vi.spyOn(process, 'emitWarning');
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    for (let i = 0; i < 20; i++) {
      sender.answer(BUSY);
      vi.advanceTimersByTime(5_000);
    }
    answerAll(DELIVERED);
    delivery.append('b\n', INFO);
    delivery.reportLoss();
    const codes = told.mock.calls.map(([warning]) => (warning as NodeJS.ErrnoException).code);
    expect(codes).toContain('DL_UNCONFIRMED_AT_EXIT');
  });

  it.each<[string, Outcome, number]>([
    ['broke', { kind: 'retryable', reason: 'ECONNRESET', contactLost: true }, 1],
    [
      'broke before the kernel had taken two of them',
      { kind: 'retryable', reason: 'ECONNRESET', contactLost: true, untaken: 2 },
      3,
    ],
    ['was refused', { ...BUSY, isAnswer: true }, 4],
    ['was too large', { kind: 'unacceptable', reason: '', drop: 'too_large', untaken: 2 }, 3],
  ])('tells what may be stored of a request that %s', (_, outcome, unsent) => {
    const told = vi.spyOn(DeliveryWarnings.prototype, 'leftAtEnd');
    const delivery = makeDelivery();
    sender.pump = () => {};
    for (const line of ['a\n', 'b\n', 'c\n', 'd\n']) delivery.append(line, INFO);
    delivery.settle([delivery.take(3 * 11) as BlockRange], outcome);
    delivery.reportLoss();
    expect(told.mock.lastCall).toEqual([{ lines: 4, unsent }, 0, undefined, false]);
  });

  it('tells at the end of what was dropped, too, unless a record has said it', () => {
    const told = vi.spyOn(DeliveryWarnings.prototype, 'leftAtEnd');
    const delivery = makeDelivery(1 << 16);
    for (let i = 0; i < 2_000; i++) delivery.append(`${i} ${'x'.repeat(100)}\n`, INFO);
    delivery.reportLoss();
    const [held, dropped = 0] = told.mock.lastCall ?? [];
    expect(dropped).toBeGreaterThan(0);
    expect(held?.lines).toBe(2_000 - dropped);
    answerAll(DELIVERED);
    delivery.reportLoss();
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('tells at the end of what was dropped if the server does not have the record that says it', () => {
    const told = vi.spyOn(DeliveryWarnings.prototype, 'leftAtEnd');
    const delivery = makeDelivery(1 << 16);
    for (let i = 0; i < 2_000; i++) delivery.append(`${i} ${'x'.repeat(100)}\n`, INFO);
    const { queue_full: dropped = 0 } = delivery.stats.dropped;
    while (reports.length === 0) {
      sender.answer(DELIVERED);
      sender.pump();
    }
    const { queued } = delivery.stats;
    delivery.reportLoss();
    expect(told.mock.lastCall).toEqual([{ lines: queued, unsent: 0 }, dropped, undefined, false]);
    answerAll(DELIVERED);
    told.mockClear();
    delivery.reportLoss();
    expect(told).not.toHaveBeenCalled();
  });

  it('drops no record that says what was dropped, whatever comes before and behind it', () => {
    const delivery = makeDelivery(1 << 16);
    delivery.drop('too_large');
    delivery.append('a\n', INFO);
    delivery.append(`${'b'.repeat(20_000)}\n`, INFO);
    // It waits behind a line in flight.
    const send = vi.spyOn(sender, 'pump').mockImplementation(() => {});
    expect(sender.answer(DELIVERED)).toBe('a\n');
    for (let i = 0; i < 2_000; i++) delivery.append(`${i} ${'x'.repeat(100)}\n`, WARN);
    const { queue_full } = delivery.stats.dropped;
    expect(queue_full).toBeGreaterThan(1_000);
    send.mockRestore();
    const received = answerAll(DELIVERED);
    expect(received.match(/^dropped$/gm)).toHaveLength(2);
    expect(reports).toEqual([{ too_large: 1 }, { queue_full }]);
  });

  it('makes the record that says what was dropped once more if there was no room for it', () => {
    const delivery = makeDelivery(1 << 16);
    delivery.drop('too_large');
    delivery.append('a\n', INFO);
    // What was logged before comes first.
    vi.spyOn(reports, 'push').mockImplementationOnce(() => {
      delivery.append(`${'x'.repeat(60_000)}\n`, INFO);
      return 0;
    });
    expect(sender.answer(DELIVERED)).toBe('a\n');
    expect(delivery.stats).toMatchObject({ queued: 1, dropped: { too_large: 1, queue_full: 1 } });
    expect(answerAll(DELIVERED)).toMatch(/^x+\ndropped\n$/);
    expect(reports).toEqual([{ too_large: 1, queue_full: 1 }]);
  });

  it('does not take drops for reported before the record about them is in the queue', () => {
    const told = vi.spyOn(DeliveryWarnings.prototype, 'leftAtEnd');
    const delivery = makeDelivery();
    delivery.drop('too_large');
    delivery.append('a\n', INFO);
    vi.spyOn(reports, 'push').mockImplementationOnce(() => {
      // A long message is encoded, whose parts come first.
      for (const line of ['b\n', 'c\n']) {
        delivery.append(line, INFO);
        sender.answer(DELIVERED);
      }
      delivery.reportLoss();
      return 0;
    });
    sender.answer(DELIVERED);
    expect(told.mock.lastCall).toEqual([{ lines: 0, unsent: 0 }, 1, undefined, false]);
    told.mockClear();
    answerAll(DELIVERED);
    delivery.reportLoss();
    expect(told).not.toHaveBeenCalled();
  });

  it('reports what was dropped once the queue is half empty: before that the report would push lines out', () => {
    const delivery = makeDelivery(1 << 16);
    for (let i = 0; i < 2_000; i++) delivery.append(`${i} ${'x'.repeat(100)}\n`, INFO);
    expect(delivery.stats.dropped.queue_full).toBeGreaterThan(0);
    delivery.settle([], DELIVERED);
    expect(reports).toEqual([]);
    answerAll(DELIVERED);
    expect(reports).toHaveLength(1);
  });

  it('drops within its bound while the server is down, counts it, and reports it when the server is back', () => {
    const delivery = makeDelivery(65_536);
    for (let i = 0; i < 10; i++) sender.host.connection('failed', 'ECONNREFUSED');
    for (let i = 0; i < 2_000; i++) delivery.append(`${i} ${'x'.repeat(100)}\n`, INFO);
    const { queued, queuedBytes, dropped, written } = delivery.stats;
    expect(queuedBytes).toBeLessThanOrEqual(65_536);
    expect(queued + (dropped.queue_full ?? 0)).toBe(written);
    expect(dropped.queue_full).toBeGreaterThan(1_000);
    vi.advanceTimersByTime(5_000);
    answerAll(DELIVERED);
    expect(reports).toEqual([{ queue_full: dropped.queue_full }]);
  });

  it('takes the server for down when an attempt to connect is refused, or none is answered for as long as an exit may take', () => {
    const delivery = makeDelivery();
    const isDownAfter = (is: ConnectionReport) => {
      delivery.connection(is, 'no connection');
      return delivery.retry.isUnreachable;
    };
    expect(isDownAfter('timed out')).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(isDownAfter('timed out')).toBe(false);
    expect(isDownAfter('failed')).toBe(true);
    expect(isDownAfter('made')).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(isDownAfter('timed out')).toBe(true);
  });

  it('takes nothing more after close, counts it, and says so', async () => {
    const told = vi.spyOn(DeliveryWarnings.prototype, 'closed');
    const delivery = makeDelivery();
    await expect(delivery.close(100)).resolves.toEqual({ complete: true, pending: 0 });
    expect(told).not.toHaveBeenCalled();
    delivery.append('a\n', INFO);
    expect(sender.closed).toBe(true);
    expect(delivery.stats).toMatchObject({ queued: 0, dropped: { closed: 1 } });
    expect(told).toHaveBeenCalled();
  });

  it('tells at its close what it could not deliver, and what came meanwhile', async () => {
    const told = vi.spyOn(DeliveryWarnings.prototype, 'leftAtEnd');
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    const closed = delivery.close(100);
    delivery.append('b\n', INFO);
    await vi.advanceTimersByTimeAsync(100);
    await expect(closed).resolves.toEqual({ complete: false, pending: 2 });
    expect(told.mock.calls).toEqual([[{ lines: 2, unsent: 0 }, 0, undefined, true]]);
  });

  it('tells nothing at its close if the caller reports it, and leaves nothing to the main thread before it tells', async () => {
    const told = vi.spyOn(DeliveryWarnings.prototype, 'leftAtEnd').mockImplementation(() => {
      expect(ended).toHaveBeenCalled();
    });
    const reported = makeDelivery();
    reported.append('a\n', INFO);
    await expect(reported.close(0, true)).resolves.toEqual({ complete: false, pending: 1 });
    expect(told).not.toHaveBeenCalled();
    const delivery = makeDelivery();
    const ended = vi.spyOn(delivery, 'endSpool');
    delivery.append('a\n', INFO);
    await delivery.close(0);
    expect(told).toHaveBeenCalledTimes(1);
  });
});
