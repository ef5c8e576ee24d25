import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from '@direct-logging/core';
import { afterAll, expect, it } from 'vitest';
import winston from 'winston';
import { VictoriaLogsTransport } from '../src/index.ts';
import { isOurs, OURS, prints, type WinstonTransport } from '../src/kinds.ts';
import { TransportOrder } from '../src/transport-order.ts';

const filename = join(tmpdir(), 'never-opened.log');
const file = () => new winston.transports.File({ filename, lazy: true });
const printing = () => new winston.transports.Console();
const ours = () => new VictoriaLogsTransport({ url: 'http://127.0.0.1:9' });
const elsewhere = () => new VictoriaLogsTransport({ url: 'http://127.0.0.1:9', accountId: 7 });
const { destination: PLACE } = createTransport({ url: 'http://127.0.0.1:9' });

const loggers: winston.Logger[] = [];
afterAll(() => {
  for (const logger of loggers) logger.close();
});

/** What is shipped of a line, in order, when a logger gives it to these transports, of which some take it. */
function shipped(transports: winston.transport[], takes: readonly boolean[]): string[] {
  loggers.push(winston.createLogger({ transports }));
  const inputs: (string | undefined)[] = [];
  const order = new TransportOrder(PLACE, ({ text }) => void inputs.push(text));
  const key = {};
  for (const [at, one] of transports.entries()) {
    const transport = one as unknown as WinstonTransport;
    order.beginTurn(transport, key);
    if (takes[at]) {
      order.begin(transport, key, true);
      if (isOurs(transport, PLACE)) inputs.push('ours');
      else if (transport[OURS]) inputs.push('elsewhere');
      else if (prints(transport))
        inputs.push(order.printed(transport, key, { text: 'printed' })?.text);
      else inputs.push(order.filed(transport, key, () => ({ text: 'filed' }))?.text);
    }
    order.given = undefined;
    order.endTurn(transport, key);
  }
  return inputs.filter((text) => text !== undefined);
}

it.each<[string, winston.transport[], boolean[], string[]]>([
  ['a file', [file()], [true], ['filed']],
  ['a file, and a Console', [file(), printing()], [true, true], ['printed']],
  ['a file, and a Console that drops it', [file(), printing()], [true, false], ['filed']],
  ['a Console, and a file', [printing(), file()], [true, true], ['printed']],
  ['two files', [file(), file()], [true, true], ['filed']],
  ['two Consoles', [printing(), printing()], [true, true], ['printed', 'printed']],
  ['a file, and ours', [file(), ours()], [true, true], ['ours']],
  ['a Console, and ours', [printing(), ours()], [true, true], ['ours']],
  [
    'a Console, and ours to another place',
    [printing(), elsewhere()],
    [true, true],
    ['printed', 'elsewhere'],
  ],
  [
    'ours to another place, and a file',
    [elsewhere(), file()],
    [true, true],
    ['elsewhere', 'filed'],
  ],
  ['a Console, and ours that drops it', [printing(), ours()], [true, false], ['printed']],
  [
    'ours, two Consoles, and a file',
    [ours(), printing(), printing(), file()],
    [true, true, true, true],
    ['ours'],
  ],
  ['a file, a Console, and ours', [file(), printing(), ours()], [true, true, true], ['ours']],
  ['a file, and two that drop it', [file(), printing(), ours()], [true, false, false], ['filed']],
])('given to %s, a line is shipped as it should be', (_, transports, takes, expected) => {
  expect(shipped(transports, takes)).toEqual(expected);
});

it('waits neither for a transport that is busy nor outside a turn', () => {
  const busy = Object.assign(printing(), { log: () => {} });
  const transports = [file(), busy];
  const logger = winston.createLogger({ transports });
  loggers.push(logger);
  const transport = transports[0] as unknown as WinstonTransport;
  const order = new TransportOrder(PLACE, () => {});
  const make = () => ({ text: 'filed' });
  expect(order.filed(transport, {}, make)).toEqual(make());
  busy.write({ level: 'info', message: 'first', [Symbol.for('level')]: 'info' });
  order.given = {};
  expect(order.filed(transport, order.given, make)).toEqual(make());
});

it('tells a line that was logged again from one that a busy transport gets late', () => {
  const transports = [file(), printing()] as unknown as WinstonTransport[];
  loggers.push(winston.createLogger({ transports: transports as unknown as winston.transport[] }));
  const order = new TransportOrder(PLACE, () => {});
  const [filing, console] = transports as [WinstonTransport, WinstonTransport];
  const printed = (key: object) => {
    order.beginTurn(console, key);
    order.begin(console, key, true);
    return order.printed(console, key, { text: 'printed' })?.text;
  };
  const filed = (key: object) => {
    order.beginTurn(filing, key);
    return order.filed(filing, key, () => ({ text: 'filed' }))?.text;
  };
  const [late, again] = [{}, {}];
  expect([printed(late), filed(late)]).toEqual(['printed', undefined]);
  expect([printed(again), printed(again)]).toEqual(['printed', 'printed']);
});

it('knows a line again by what a transport made of it', () => {
  const order = new TransportOrder(PLACE, () => {});
  const [given, made] = [{}, {}];
  order.given = given;
  expect(order.keyOf(made)).toBe(given);
  order.given = undefined;
  expect(order.keyOf(made)).toBe(given);
  expect(order.keyOf(given)).toBe(given);
});

it('goes on after a line that cannot be read', () => {
  const transports = [file(), printing()];
  loggers.push(winston.createLogger({ transports }));
  const texts: string[] = [];
  const order = new TransportOrder(PLACE, ({ text }) => void texts.push(text));
  const give = (make: () => { text: string }) => {
    const key = {};
    order.given = key;
    order.filed(transports[0] as unknown as WinstonTransport, key, make);
    order.given = undefined;
    order.shipWaiting();
  };
  const unreadable = () => {
    throw new Error('a getter');
  };
  expect(() => give(unreadable)).toThrow('a getter');
  give(() => ({ text: 'next' }));
  expect(texts).toEqual(['next']);
});
