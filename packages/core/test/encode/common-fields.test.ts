import { describe, expect, it } from 'vitest';
import { CommonFields, NO_NAMES } from '../../src/encode/common-fields.ts';
import { ourNames } from '../../src/record/our-names.ts';
import { LEVELS, type LogInput, type RecordContext } from '../../src/record/record.ts';

const INFO = LEVELS.indexOf('INFO');

function start(constants: Readonly<Record<string, string>> = {}) {
  const entries = Object.entries(constants).map(([name, text]) => [name, JSON.stringify(text)]);
  const given = new Map(entries as [string, string][]);
  let context: RecordContext | undefined;
  const common = new CommonFields(ourNames(given.keys()), given, { context: () => context });
  const setContext = (ids: RecordContext | undefined) => {
    context = ids;
  };
  const fieldsOf = (input: Partial<LogInput> = {}, names = NO_NAMES, level = INFO) => {
    const { 'shipper.seq': seq, ...rest } = JSON.parse(
      `{"_msg":""${common.encode(level, { text: '', ...input }, names)}1}`,
    );
    expect(seq).toBe(1);
    delete rest._msg;
    return rest as Record<string, unknown>;
  };
  return { fieldsOf, setContext };
}

describe('level, stream and logger', () => {
  it('are those of each line, in whatever order they come', () => {
    const { fieldsOf } = start();
    for (const logger of ['pino', 'winston', 'pino', undefined]) {
      for (const stream of ['stdout', 'stderr'] as const) {
        for (const [at, level] of LEVELS.entries()) {
          expect(fieldsOf({ logger, stream }, NO_NAMES, at)).toEqual({
            ...{ level, stream, logger: logger ?? stream },
          });
        }
      }
    }
  });

  it('are right for more loggers than are remembered', () => {
    const { fieldsOf } = start();
    for (let at = 0; at < 300; at++) {
      const logger = `logger ${at % 150}`;
      expect(fieldsOf({ logger }).logger).toBe(logger);
    }
  });

  it('leave the name of the logger to the line, or to the settings', () => {
    expect(start().fieldsOf({ logger: 'x' }, new Set(['logger']))).not.toHaveProperty('logger');
    expect(start({ logger: 'constant' }).fieldsOf({ logger: 'x' }).logger).toBe('constant');
  });

  it('cut a long name', () => {
    expect(start().fieldsOf({ logger: 'l'.repeat(5_000) }).logger).toBe('l'.repeat(1_022));
  });
});

describe('ids of the current work', () => {
  it('are all there, and change with the work', () => {
    const { fieldsOf, setContext } = start();
    const all: RecordContext = {
      ...{ aws_request_id: 'r', trace_id: 't', span_id: 's', tenant_id: 'a', cold_start: false },
      ...{ function_version: '7', durable_execution_arn: 'arn:d', durable_resumed: true },
    };
    for (const context of [all, { trace_id: 'u' }, all, undefined]) {
      setContext(context);
      const { level, stream, logger, ...ids } = fieldsOf();
      expect(ids).toEqual(context ?? {});
    }
  });

  it('give way to those of the line, and only for that line', () => {
    const { fieldsOf, setContext } = start();
    setContext({ trace_id: 't', span_id: 's' });
    expect(fieldsOf({}, new Set(['trace_id']))).not.toHaveProperty('trace_id');
    expect(fieldsOf({}, new Set(['trace_id'])).span_id).toBe('s');
    expect(fieldsOf()).toMatchObject({ trace_id: 't', span_id: 's' });
  });

  it('give way to the settings, and are left out when they are empty', () => {
    const { fieldsOf, setContext } = start({ tenant_id: 'constant' });
    setContext({ tenant_id: 'a', trace_id: '' });
    expect(fieldsOf()).toMatchObject({ tenant_id: 'constant' });
    expect(fieldsOf()).not.toHaveProperty('trace_id');
  });

  it('are missing when their source throws', () => {
    const common = new CommonFields(ourNames([]), new Map(), {
      context: () => {
        throw new Error('no');
      },
    });
    expect(common.encode(INFO, { text: '' }, NO_NAMES)).toBe(
      ',"level":"INFO","stream":"stdout","logger":"stdout","shipper.seq":',
    );
  });
});
