import { describe, expect, it } from 'vitest';
import { attempt, guarded } from '../../src/process/guard.ts';

const broken = (): never => {
  throw new Error('broken');
};

describe('guard', () => {
  it('returns what a step returns, and undefined if it throws', () => {
    expect(attempt(() => 1)).toBe(1);
    expect(attempt(broken)).toBeUndefined();
  });

  it('tells what was thrown', () => {
    const told: unknown[] = [];
    attempt(broken, (error) => told.push(error));
    expect(told).toEqual([new Error('broken')]);
  });

  it('never throws, even if what is told throws', () => {
    expect(attempt(broken, broken)).toBeUndefined();
    expect(guarded(broken, broken)()).toBeUndefined();
  });

  it('passes on all arguments', () => {
    const taken: unknown[] = [];
    guarded((...args: unknown[]) => taken.push(...args))(1, 2, 3);
    expect(taken).toEqual([1, 2, 3]);
  });

  it('survives a full stack', () => {
    const endless = (): void => endless();
    expect(guarded(endless)()).toBeUndefined();
  });
});
