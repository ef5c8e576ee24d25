import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEncoder } from '../../src/encode/encode.ts';
import { someOf } from '../some-of.ts';

const START = Date.UTC(2026, 10, 25, 20);
/** Names that every line has, and those that only we give. */
const OURS =
  /^(?:_time|_msg|level|stream|logger|container_name|job|trace_id|tenant|error\..+|shipper\..+)$/;

/** Few names that come again, and many that don't. */
const name = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map((number) => `usual${number}`),
  fc.integer().map((number) => `strange${number}`),
  fc.integer({ min: 0, max: 3 }).map((number) => `${'long'.repeat(40)}${number}`),
  fc.constantFrom('trace_id', 'tenant', 'job', 'logger', 'nested.usual1'),
);
const members = fc.dictionary(name, fc.string({ maxLength: 8 }), { maxKeys: 12 });
const step = fc.record({
  members,
  /** As a line of JSON, or as fields beside a text. */
  isJson: fc.boolean(),
  times: fc.integer({ min: 1, max: 4 }),
  hoursLater: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30 })),
});

test('in any sequence of records, each day has few names, and nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.integer({ min: 0, max: 40 }),
      (steps, maxFieldNames) => {
        let nowMs = START;
        const encode = createEncoder(
          {
            ...{ levelThreshold: 0, containerName: 'c', job: 'node', extraFields: {} },
            ...{ streamFields: ['container_name', 'tenant'], shipperId: 'id', maxFieldNames },
          },
          { now: () => nowMs, context: () => undefined },
        );
        const namesOfDays = new Map<string, Set<string>>();
        for (const { members, isJson, times, hoursLater } of steps) {
          nowMs += hoursLater * 3_600_000;
          const text = isJson ? JSON.stringify(members) : 'text';
          for (let time = 0; time < times; time++) {
            encode(isJson ? { text } : { text, fields: members }, (line) => {
              const fields = JSON.parse(String(line)) as Record<string, string>;
              const day = (fields._time as string).slice(0, 10);
              const names = namesOfDays.get(day) ?? new Set();
              namesOfDays.set(day, names);
              for (const name of Object.keys(fields)) if (!OURS.test(name)) names.add(name);
              const overflow = JSON.parse(fields['shipper.overflow'] ?? '{}');
              const stored = new Set([...Object.values(fields), ...Object.values(overflow)]);
              for (const value of Object.values(members)) {
                if (value !== '') expect(stored).toContain(value);
              }
            });
          }
        }
        for (const names of namesOfDays.values()) {
          expect(names.size).toBeLessThanOrEqual(maxFieldNames);
        }
      },
    ),
    { numRuns: someOf(300) },
  );
});
