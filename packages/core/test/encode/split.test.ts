import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../../src/encode/limits.ts';
import { MIN_MESSAGE_BYTES, splitRecord } from '../../src/encode/split.ts';
import { Fields } from '../../src/record/fields.ts';

const COMMON_BYTES = 1_000;

function split(message: string, given: Readonly<Record<string, unknown>> = {}, own: string[] = []) {
  const fields = new Fields(new Set());
  for (const [name, value] of Object.entries(given)) fields.put(name, JSON.stringify(value));
  const parts = splitRecord(JSON.stringify(message), fields, COMMON_BYTES, own, 7);
  for (const part of parts)
    expect(Buffer.byteLength(part) + COMMON_BYTES).toBeLessThan(MAX_LINE_BYTES);
  return parts.map((part) => JSON.parse(`{"_msg":${part}}`) as Record<string, unknown>);
}

describe('a long message', () => {
  it('is split into numbered parts, whatever its characters take', () => {
    const text = 'é漢😀"\n\u0001'.repeat(60_000);
    const parts = split(text);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.map(({ _msg }) => _msg).join('')).toBe(text);
    expect(parts.map(({ _msg, ...numbers }) => numbers)).toEqual(
      parts.map((_, at) => ({
        ...{ 'shipper.group': 7, 'shipper.part': at + 1, 'shipper.parts': parts.length },
      })),
    );
  });

  it('has its fields on the first part, and on all what a query for it names', () => {
    const own = { trace_id: 't', span_id: 's', logger: 'l', tenant: 'acme' };
    const [first, ...others] = split('x'.repeat(600_000), { ...own, a: 1 }, ['tenant']);
    expect(first).toMatchObject({ ...own, a: 1 });
    expect(others).toHaveLength(2);
    for (const { _msg, ...rest } of others) {
      expect(rest).toEqual({ ...own, ...numbersOf(rest) });
    }
  });

  it('has no stream field that is too long on a part', () => {
    const [, second] = split('x'.repeat(300_000), { tenant: 't'.repeat(5_000) }, ['tenant']);
    expect(second?.tenant).toBe('t'.repeat(1_022));
  });

  it('keeps room beside long fields', () => {
    const [first] = split('x'.repeat(600_000), { a: 'a'.repeat(300_000) });
    expect(String(first?._msg).length).toBeGreaterThanOrEqual(MIN_MESSAGE_BYTES - 10);
    expect(first).toMatchObject({ 'shipper.truncated_fields': 'a' });
  });
});

describe('a short message', () => {
  it('with long fields stays one part, without numbers', () => {
    const [part, ...others] = split('m', { a: 'a'.repeat(300_000), b: 'whole' });
    expect(others).toEqual([]);
    expect(part).toMatchObject({ _msg: 'm', b: 'whole', 'shipper.truncated_fields': 'a' });
    expect(numbersOf(part ?? {})).toEqual({});
    const kept = String(part?.a).length;
    expect(part?.['shipper.truncated_bytes']).toBe(300_000 - kept);
  });
});

function numbersOf(part: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(part).filter(([name]) => /^shipper\.(group|parts?)$/.test(name)),
  );
}
