/** What our code holds of Node and of the language is what was there at the start, whatever a program puts in its place. */
import fs from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import * as held from '../../src/process/held.ts';

const { heldProcess, process: _, ...members } = held;

function replace(owner: object, name: string): void {
  const before = Reflect.get(owner, name);
  Reflect.set(owner, name, () => {
    throw new Error(`${name} is the program's`);
  });
  onTestFinished(() => void Reflect.set(owner, name, before));
}

it.each(Object.entries({ ...members, heldProcess }))('has every member of %s', (_, value) => {
  const missing = Object.entries(value).filter(([, member]) => member === undefined);
  expect(missing).toEqual([]);
});

it('goes on with what a program replaces', () => {
  const spelt = held.JSON.stringify([1]);
  for (const [owner, name] of [
    ...[[Date, 'now'] as const, [JSON, 'stringify'] as const, [Math, 'random'] as const],
    ...[[fs, 'writeSync'] as const, [process, 'hrtime'] as const, [Buffer, 'from'] as const],
    ...[[globalThis, 'setTimeout'] as const, [globalThis, 'queueMicrotask'] as const],
  ]) {
    replace(owner, name);
  }
  expect(held.JSON.stringify([1])).toBe(spelt);
  expect(held.Date.now()).toBeGreaterThan(0);
  expect(held.Math.random()).toBeLessThan(1);
  expect(held.Buffer.from('a').toString()).toBe('a');
  expect(held.heldProcess.hrtime()).toHaveLength(2);
  held.clearTimeout(held.setTimeout(() => {}, 1));
  expect(held.fs.writeSync).not.toBe(fs.writeSync);
});

it('makes objects of the same classes', () => {
  const date = new held.Date(7);
  expect(date).toBeInstanceOf(Date);
  expect([date.getTime(), held.Date.parse('1970-01-01')]).toEqual([7, 0]);
  expect(new held.URL('http://h/a')).toBeInstanceOf(URL);
  expect(held.URL.canParse('h')).toBe(false);
});

it('holds a module from the first time that one of ours asks for it, and leaves its settings to the program', () => {
  const tls = process.getBuiltinModule('node:tls');
  const ours = held.heldProcess.getBuiltinModule('tls');
  const { connect, DEFAULT_MAX_VERSION } = tls;
  replace(tls, 'connect');
  onTestFinished(() => {
    tls.DEFAULT_MAX_VERSION = DEFAULT_MAX_VERSION;
  });
  tls.DEFAULT_MAX_VERSION = 'TLSv1.2';
  expect(held.heldProcess.getBuiltinModule('tls')).toBe(ours);
  expect(ours.connect).toBe(connect);
  expect(ours.DEFAULT_MAX_VERSION).toBe('TLSv1.2');
  // It came along with it.
  const { createHmac } = process.getBuiltinModule('node:crypto');
  replace(process.getBuiltinModule('node:crypto'), 'createHmac');
  expect(held.heldProcess.getBuiltinModule('crypto').createHmac).toBe(createHmac);
});
