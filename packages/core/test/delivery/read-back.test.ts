import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CurrentSender } from '../../src/delivery/current-sender.ts';
import { Drops } from '../../src/delivery/drops.ts';
import { Queue } from '../../src/delivery/queue.ts';
import { ReadBack } from '../../src/delivery/read-back.ts';
import { RetryTimer } from '../../src/delivery/retry-timer.ts';
import { Spool } from '../../src/delivery/spool.ts';
import { completeOptions } from '../../src/options.ts';
import { IMPORTANCE } from '../../src/senders/block.ts';
import { ManualClock } from '../manual-clock.ts';

const MAX_QUEUE_BYTES = 1 << 16;
const line = (text: string) => `{"_time":"${new Date().toISOString()}","_msg":"${text}"}\n`;

let clock: ManualClock;
let spoolDir: string;
let queue: Queue;
let retry: RetryTimer;
let pumped: Array<string | undefined>;
let spool: Spool;
let readBack: ReadBack;

beforeEach(() => {
  // The lines have the time of today.
  clock = Object.assign(new ManualClock(), { wall: Date.now });
  spoolDir = mkdtempSync(join(tmpdir(), 'read-back-'));
  leave('a', [line('one'), line('two')]);
  queue = new Queue(MAX_QUEUE_BYTES, Date.now, () => {});
  pumped = [];
  retry = new RetryTimer(
    MAX_QUEUE_BYTES,
    clock,
    () => 0,
    () => {},
  );
  const sender = {
    ready: async () => {},
    pump: (_: number, flush?: 'flush') => void pumped.push(flush),
    close: () => {},
  };
  spool = openSpool('b');
  const current = new CurrentSender(() => sender, clock);
  readBack = new ReadBack({ spool, queue, drops: new Drops(), current, retry, clock });
});
afterEach(() => {
  readBack.stop();
  spool.close();
  rmSync(spoolDir, { recursive: true });
});

function openSpool(id: string): Spool {
  const options = { url: 'http://127.0.0.1:1', maxQueueBytes: MAX_QUEUE_BYTES, spoolDir };
  const { settings } = completeOptions(options, {}, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  return new Spool(settings, id, (reason) => expect.unreachable(reason));
}

/** Leaves lines in the spool as a process that is gone. */
function leave(id: string, lines: readonly string[]): void {
  const gone = openSpool(id);
  for (const one of lines) gone.write(one);
  gone.close();
  for (const file of readdirSync(spoolDir)) {
    const of = file.replace(`.${process.pid}.`, '.999999999.');
    renameSync(join(spoolDir, file), join(spoolDir, of));
  }
}

it('reads a file at once when asked, and the next one after a moment', () => {
  leave('c', [line('three')]);
  readBack.soon();
  for (const wait of [5, 5]) clock.advance(wait);
  expect([readBack.files, queue.lines, pumped]).toEqual([2, 3, [undefined, undefined]]);
});

it('looks for the files of others every 20 seconds', () => {
  clock.advance(19_000);
  expect(readBack.files).toBe(0);
  clock.advance(2_000);
  expect([readBack.files, queue.lines]).toEqual([1, 2]);
});

it('asks for answers while half of the memory is in use, and reads afterwards', () => {
  queue.append(line('x'.repeat(MAX_QUEUE_BYTES / 2)), IMPORTANCE.ordinary);
  expect([queue.lines, readBack.next(), readBack.files, pumped]).toEqual([1, true, 0, ['flush']]);
  const taken = queue.take(MAX_QUEUE_BYTES);
  if (taken !== undefined) queue.settle(taken);
  expect([readBack.next(), readBack.files]).toEqual([true, 1]);
  expect(readBack.next()).toBe(false);
});

it('reads nothing while the sender backs off, or when it was stopped', () => {
  for (let failure = 0; failure < 2; failure++) {
    retry.decide({ lines: 1, bytes: 1 }, { kind: 'refused', reason: 'no' });
  }
  readBack.soon();
  clock.advance(100);
  expect(readBack.files).toBe(0);
  readBack.stop();
  retry.end();
  readBack.soon();
  clock.advance(60_000);
  expect(readBack.files).toBe(0);
});
