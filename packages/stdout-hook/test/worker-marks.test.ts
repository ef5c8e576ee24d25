import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { spellingOf } from '../src/worker-marks.ts';
import { followWorkers, writeOfWorker } from '../src/worker-output.ts';

const LEVELS = [undefined, 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** What a worker writes in one encoding, as its parent sees it. */
async function received(encoding: string | undefined): Promise<Buffer> {
  const program = `process.stdout.write('text é', ${JSON.stringify(encoding)})`;
  const worker = new Worker(program, { eval: true, stdout: true });
  // Both events can come in the same turn.
  const ended = once(worker, 'exit');
  const [bytes] = (await once(worker.stdout, 'data')) as [Buffer];
  await ended;
  return bytes;
}

test('a mark in the name of the encoding arrives in the parent, and changes no byte', async () => {
  const stop = followWorkers();
  try {
    for (const level of LEVELS) {
      const bytes = await received(spellingOf({ level, args: [] }));
      expect(bytes.toString()).toBe('text é');
      expect(writeOfWorker(bytes)).toEqual({ level, args: [], isOurs: false });
    }
    for (const usual of ['utf8', 'utf-8', 'UTF-8']) {
      expect(writeOfWorker(await received(usual))).toBe('text');
    }
    expect(writeOfWorker(await received('latin1'))).toBeNull();
  } finally {
    stop();
  }
  expect(writeOfWorker(await received(spellingOf({ level: 'WARN', args: [] })))).toBeUndefined();
});

test('what is no object carries no mark', () => {
  expect([writeOfWorker('text'), writeOfWorker(null)]).toEqual([undefined, undefined]);
});
