import { createWriteStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { createTransport } from '@direct-logging/core';
import { expect, test } from 'vitest';
import winston from 'winston';
import { isFile, isHttp, isOurs, laterThan, OURS, prints, siblingsOf } from '../src/kinds.ts';
import { VictoriaLogsTransport } from '../src/transport.ts';

const { Console, File, Http, Stream } = winston.transports;
const file = () => new File({ filename: '/dev/null' });

test('what leads to the standard streams prints', () => {
  const elsewhere = new Stream({ stream: createWriteStream('/dev/null') });
  const through = new Stream({ stream: new PassThrough() });
  expect([new Console(), new Stream({ stream: process.stderr })].map(prints)).toEqual([true, true]);
  expect([elsewhere, through, file(), new Http()].map(prints)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('a File and an Http are told by their private methods', () => {
  expect([file(), new Console(), new Http()].map(isFile)).toEqual([true, false, false]);
  expect([Http, File, Console].map(({ prototype }) => isHttp(prototype))).toEqual([
    true,
    false,
    false,
  ]);
});

test('ours says so itself, whatever copy it comes from', () => {
  const ours = new VictoriaLogsTransport({ url: 'http://127.0.0.1:9', accountId: 7 });
  const { destination } = createTransport({ url: 'http://127.0.0.1:9', accountId: 7 });
  expect(isOurs(ours, destination)).toBe(true);
  expect(isOurs(ours, 'another place')).toBe(false);
  expect(isOurs({ [OURS]: true }, 'of an older copy, which does not say it')).toBe(true);
  expect(isOurs(new Console(), destination)).toBe(false);
});

test('a transport knows those of its logger, and which come after it', () => {
  const [first, second, third] = [new Console(), file(), new Console()] as const;
  winston.createLogger({ transports: [first, second, third] });
  expect(siblingsOf(second)).toEqual([first, second, third]);
  expect(laterThan(first)).toEqual([second, third]);
  expect(laterThan(third)).toEqual([]);
  expect(siblingsOf(new Console())).toEqual([]);
});

test('a getter of the application that throws is no logger', () => {
  const parent = Object.defineProperty({}, 'transports', {
    get() {
      throw new Error('a getter');
    },
  });
  expect(siblingsOf({ parent })).toEqual([]);
});
