import { describe, expect, it } from 'vitest';
import { Fields } from '../../src/record/fields.ts';
import { processorMs } from '../processor-time.ts';

function fieldsOf(...entries: ReadonlyArray<readonly [string, string]>): Fields {
  const fields = new Fields(new Set(['job']));
  for (const [name, value] of entries) fields.put(name, value);
  return fields;
}

/** Names and values in their order, without those that were removed. */
function entriesOf({ names, values }: Fields): string[] {
  return names.map((name, at) => `${name}=${values[at]}`).filter((entry) => !entry.endsWith('='));
}

describe('put', () => {
  it('lets the last of equal names count, and keeps every value', () => {
    const fields = fieldsOf(['a', '1'], ['b', '2'], ['a', '3'], ['a', '4']);
    expect(entriesOf(fields)).toEqual(['a_extracted=1', 'b=2', 'a_extracted_2=3', 'a=4']);
    expect(fields.valueOf('a')).toBe('4');
    expect(fields.valueOf('a_extracted')).toBe('1');
  });

  it('takes an equal value once', () => {
    expect(entriesOf(fieldsOf(['a', '1'], ['a', '1']))).toEqual(['a=1']);
  });
});

describe('add', () => {
  it('leaves the name to the earlier field', () => {
    const fields = fieldsOf(['a', '1']);
    fields.add('a', '2');
    fields.add('a', '1');
    fields.add('b', '3');
    expect(entriesOf(fields)).toEqual(['a=1', 'a_extracted=2', 'b=3']);
  });
});

describe('extract', () => {
  it('gives a field another name', () => {
    const fields = fieldsOf(['job', '1'], ['b', '2']);
    fields.extract(0);
    expect(entriesOf(fields)).toEqual(['job_extracted=1', 'b=2']);
    expect(fields.has('job')).toBe(false);
  });

  it('renames an earlier field that has this name', () => {
    const fields = fieldsOf(['job_extracted', '1'], ['job', '2']);
    fields.extract(1);
    expect(entriesOf(fields)).toEqual(['job_extracted_2=1', 'job_extracted=2']);
  });

  it('never gives a reserved name', () => {
    const fields = new Fields(new Set(['job', 'job_extracted']));
    fields.put('job', '1');
    fields.extract(0);
    expect(entriesOf(fields)).toEqual(['job_extracted_2=1']);
  });
});

describe('remove', () => {
  it('leaves the places of the others', () => {
    const fields = fieldsOf(['a', '1'], ['b', '2']);
    fields.remove(0);
    expect([fields.has('a'), fields.indexOf('a'), fields.indexOf('b')]).toEqual([false, -1, 1]);
    fields.put('a', '3');
    expect(entriesOf(fields)).toEqual(['b=2', 'a=3']);
  });
});

it('freeName gives names that are neither in use nor were given before', () => {
  const fields = fieldsOf(['a_extracted_2', '1']);
  const given = [fields.freeName('a'), fields.freeName('a'), fields.freeName('a')];
  expect(given).toEqual(['a_extracted', 'a_extracted_3', 'a_extracted_4']);
});

// With a search among all that bore the name before this would take a minute.
it('keeps every value of a name that comes again and again, in linear time', () => {
  const ms = processorMs(() => {
    const count = 150_000;
    const fields = new Fields(new Set());
    for (let value = 0; value < count; value++) fields.put('k', String(value));
    expect(new Set(fields.names).size).toBe(count);
    expect(fields.valueOf('k')).toBe(String(count - 1));
    expect(fields.valueOf('k_extracted')).toBe('0');
    expect(fields.valueOf(`k_extracted_${count - 1}`)).toBe(String(count - 2));
  });
  expect(ms).toBeLessThan(20_000);
});
