/** The example function, and some that fail, under the real runtime client of AWS Lambda, against a real VictoriaLogs. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { emulatorFor, startEmulator } from '../environment/emulator.ts';
import { forTests } from '../environment/for-tests.ts';
import { startRelay } from '../environment/relay.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { EVENTS, EXAMPLE, eventOf, traceIdOf } from './example-events.ts';
import { type LaunchOptions, startFunctions, uniqueName } from './functions.ts';

const FUNCTIONS = fileURLToPath(new URL('./fixtures/', import.meta.url));
const FOREVER_MS = 600_000;

const emulator = await emulatorFor('what runs');

const functions = forTests(() =>
  startFunctions({
    files: {
      'package.json': `${EXAMPLE}package.json`,
      'index.js': `${EXAMPLE}index.js`,
      'unlucky.mjs': `${FUNCTIONS}unlucky.mjs`,
      'broken.mjs': `${FUNCTIONS}broken.mjs`,
    },
  }),
);

afterEach(() => functions.end());

describe('the example function', () => {
  it('has the records of an invocation stored before it asks for the next one', async () => {
    const lambda = await launch({ freezeAtNext: true });
    await lambda.api.untilIdle();
    expect(await lambda.storedNow()).toEqual([ofInit('INFO', 'Price list loaded: 2 articles')]);
    for (const { name, messages } of EVENTS) {
      const before = await lambda.storedNow();
      const { requestId, traceId } = await lambda.invoke(eventOf(name));
      await lambda.api.untilIdle();
      const expected = messages.map(([level, message]) => ({
        level,
        message,
        aws_request_id: requestId,
        trace_id: traceId,
      }));
      expect(await lambda.storedNow()).toEqual([...before, ...expected]);
    }
  });

  it('loses nothing when it is killed by force as soon as its last answer has arrived', async () => {
    const lambda = await launch({ killAtAnswer: EVENTS.length });
    const expected = [ofInit('INFO', 'Price list loaded: 2 articles')];
    for (const { name, messages } of EVENTS) {
      const { requestId, traceId } = await lambda.invoke(eventOf(name));
      for (const [level, message] of messages) {
        expected.push({ level, message, aws_request_id: requestId, trace_id: traceId });
      }
    }
    expect((await lambda.running.ended).signal).toBe('SIGKILL');
    expect(await lambda.stored(expected.length)).toEqual(expected);
  });

  it('has levels, ids and messages with the JSON log format of the runtime, too', async () => {
    const lambda = await launch({ env: { AWS_LAMBDA_LOG_FORMAT: 'JSON' } });
    const { requestId, traceId } = await lambda.invoke(eventOf('unknown-article'));
    await lambda.api.untilIdle();
    const ids = { aws_request_id: requestId, trace_id: traceId };
    expect(await lambda.stored(4)).toEqual([
      ofInit('INFO', 'Price list loaded: 2 articles'),
      { level: 'INFO', message: 'POST /orders from 203.0.113.24', ...ids },
      // The runtime prints an object as JSON then, and not as `util.inspect` shows it.
      { level: 'INFO', message: expect.stringContaining('Zoë Kovač'), ...ids },
      {
        level: 'ERROR',
        message: expect.stringMatching(/^Order refused: RangeError: .+\n/),
        ...ids,
      },
    ]);
  });

  it('prints what it prints without the preload', async () => {
    const [plain, preloaded] = [await launch({ nodeOptions: '' }), await launch()];
    const printed: string[] = [];
    for (const lambda of [plain, preloaded]) {
      for (const { name } of EVENTS) await lambda.invoke(eventOf(name), name);
      await lambda.api.untilIdle();
      const { stdout, stderr } = await lambda.running.stop();
      printed.push((stdout + stderr).replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z/gm, 'TIME'));
    }
    expect(printed[1]).toBe(printed[0]);
  });

  it('carries the trace id of the X-Ray header when the event has none', async () => {
    const lambda = await launch({ handler: 'unlucky.isChatty' });
    const xrayHeader = 'Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1';
    await lambda.api.invoke({ lines: 1 }, { xrayHeader });
    await lambda.api.untilIdle();
    expect((await lambda.stored(2)).at(-1)).toMatchObject({
      message: 'line 1',
      trace_id: '1-67891233-abcdef012345678912345678',
    });
  });

  it('gives the caller its answer before VictoriaLogs has given its own', async () => {
    const relay = await startRelay(functions.server.url);
    functions.undo.push(() => relay.stop());
    const env = {
      VICTORIALOGS_URL: relay.url,
      VICTORIALOGS_FLUSH_TIMEOUT_MS: String(FOREVER_MS),
    };
    const lambda = await launch({ env });
    await lambda.api.untilIdle();
    const asked = lambda.api.arrivals.length;
    relay.hold();
    await lambda.api.invoke(eventOf('order'), { timeoutMs: FOREVER_MS });
    // Longer than a runtime waits that does not, or that does not know its deadline.
    await sleep(500);
    expect(lambda.api.arrivals.slice(asked).map(({ kind }) => kind)).toEqual(['response']);
    relay.release();
    await lambda.api.untilIdle();
    expect(lambda.api.arrivals.slice(asked).map(({ kind }) => kind)).toEqual(['response', 'next']);
  });
});

describe('a function that goes wrong', () => {
  it('has the error of its handler stored, and goes on', async () => {
    const lambda = await launch({ handler: 'unlucky.throws', freezeAtNext: true });
    await lambda.api.untilIdle();
    for (const reason of ['Out of tea', 'Out of milk']) {
      const before = await lambda.storedNow();
      const { answer, requestId } = await lambda.invoke({ reason });
      expect(answer).toMatchObject({ kind: 'error' });
      await lambda.api.untilIdle();
      const records = (await lambda.storedNow()).slice(before.length);
      expect(records).toMatchObject(
        [
          { level: 'INFO', message: 'about to throw', aws_request_id: requestId },
          { level: 'ERROR', message: /^Invoke Error/, aws_request_id: requestId },
        ].map((record) => ({ ...record, message: expect.stringMatching(record.message) })),
      );
      expect(records[1]?.message).toContain(reason);
    }
  });

  it('has the reason stored why it cannot be loaded', async () => {
    const lambda = await launch({ handler: 'broken.handler' });
    expect((await lambda.invoke({})).answer.kind).toBe('init error');
    expect((await lambda.running.ended).code).toBe(1);
    const [warning, error] = await lambda.stored(2);
    expect(warning).toEqual(ofInit('WARN', 'the settings are not there'));
    expect(error).toMatchObject(ofInit('ERROR', expect.stringMatching(/No settings/)));
  });

  it('has every line stored that it wrote before process.exit()', async () => {
    const lambda = await launch({ handler: 'unlucky.exits' });
    expect((await lambda.invoke({ status: 3 })).answer.kind).toBe('exit');
    expect((await lambda.running.ended).code).toBe(3);
    expect((await lambda.stored(101)).map(({ message }) => message)).toEqual([
      'unlucky is loaded',
      ...numberedLines(100),
    ]);
  });

  it('has 1,000 lines stored when it is killed as soon as its answer has arrived', async () => {
    const lambda = await launch({ handler: 'unlucky.isChatty', killAtAnswer: 1 });
    await lambda.invoke({ lines: 1000 });
    expect((await lambda.running.ended).signal).toBe('SIGKILL');
    expect((await lambda.stored(1001)).map(({ message }) => message)).toEqual([
      'unlucky is loaded',
      ...numberedLines(1000),
    ]);
  });
});

describe.skipIf(emulator === undefined)('under the emulator of AWS Lambda', () => {
  it('has every record stored once when it is killed right after its last answer', async () => {
    const name = uniqueName();
    const running = await startEmulator(
      emulator ?? '',
      functions.processOf({ name, handler: 'index.handler' }),
    );
    functions.undo.push(() => running.stop());
    const expected = [ofInit('INFO', 'Price list loaded: 2 articles')];
    for (const event of EVENTS) {
      const requestId = randomUUID();
      const { headers } = eventOf(event.name);
      await running.invoke(eventOf(event.name), { requestId });
      for (const [level, message] of event.messages) {
        expected.push({ level, message, aws_request_id: requestId, trace_id: traceIdOf(headers) });
      }
    }
    await running.killFunction();
    expect((await functions.rowsOf(name, expected.length)).map(toStored)).toEqual(expected);
  });
});

interface Stored {
  readonly level: unknown;
  readonly message: unknown;
  readonly aws_request_id: string | undefined;
  readonly trace_id: string | undefined;
}

interface CallerEvent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

async function launch(options: Partial<LaunchOptions> = {}) {
  const lambda = await functions.launch({ handler: 'index.handler', ...options });
  return {
    ...lambda,
    stored: async (count: number) => (await lambda.rows(count)).map(toStored),
    storedNow: async () => (await lambda.rows(0)).map(toStored),
    async invoke(event: CallerEvent, requestId: string = randomUUID()) {
      const answer = await lambda.invoke(event, { requestId });
      return { answer, requestId, traceId: traceIdOf(event.headers) };
    },
  };
}

function toStored({ level, _msg, aws_request_id, trace_id }: Row): Stored {
  return { level, message: _msg, aws_request_id, trace_id };
}

function ofInit(level: string, message: unknown): Stored {
  return { level, message, aws_request_id: undefined, trace_id: undefined };
}

function numberedLines(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}`);
}
