import { expect, it, vi } from 'vitest';
import { Alarm } from '../../../src/process/alarm.ts';
import { pause } from '../../../src/process/timers.ts';
import { Connections } from '../../../src/senders/write-through/connections.ts';
import { Connector } from '../../../src/senders/write-through/connector.ts';
import { ConnectionPool } from '../../../src/senders/write-through/pool.ts';
import { serverUrl } from '../../../src/settings/server-url.ts';
import { ManualClock } from '../../manual-clock.ts';
import { newState } from '../learned.ts';
import { cleanups, silentServer } from './connected.ts';

function connectorTo(url: string, maxConnections = 3) {
  const endpoint = serverUrl.read(url)?.endpoint;
  if (endpoint === undefined) throw new Error('It is no URL.');
  const clock = new ManualClock();
  const rung = vi.fn();
  const alarm = new Alarm(clock, rung);
  const retry = { state: { ...newState(1 << 20), backsOff: false } };
  const settings = { endpoint, maxConnections, connectTimeoutMs: 1_000, clock, alarm, retry };
  const connections = new Connections();
  const connector = new Connector({ ...settings, listener: () => {} }, connections);
  cleanups.push(() => connections.close());
  return { clock, rung, retry, connections, connector, settings };
}

it('tries two at a time, and makes no more than the settings allow', () => {
  const { connections, connector } = connectorTo('http://127.0.0.1:1');
  for (let time = 0; time < 5; time++) connector.add('soon');
  expect(connections.every).toHaveLength(2);
  for (const connection of connections.every) connection.phase = 'idle';
  for (let time = 0; time < 5; time++) connector.add('soon');
  expect(connections.every).toHaveLength(3);
});

it('asks for one more a moment later, and not while as many as may be are on their way', () => {
  const { clock, rung, connections, connector } = connectorTo('http://127.0.0.1:1');
  connector.add('soon');
  connector.addLater(clock.steady());
  clock.advance(1);
  expect(rung).toHaveBeenCalledTimes(1);
  connector.add('soon');
  expect(connections.every).toHaveLength(2);
  for (let ms = 0; ms < 10; ms++) {
    connector.addLater(clock.steady());
    clock.advance(1);
  }
  expect(rung).toHaveBeenCalledTimes(1);
});

it('makes none during the wait after a failure, nor when it is closed', () => {
  const { retry, connections, connector } = connectorTo('http://127.0.0.1:1');
  retry.state.backsOff = true;
  connector.add();
  retry.state.backsOff = false;
  connections.close();
  connector.add();
  expect(connections.every).toEqual([]);
});

it('tries one that could not be added again at once, and then after a while', () => {
  const { clock, connections, connector } = connectorTo('http://127.0.0.1:1');
  const tries = () => {
    connections.every = connections.every.slice(0, 1);
    connector.add('soon');
    return connections.every.length - 1;
  };
  connector.begin('soon');
  for (const connection of connections.every) connection.phase = 'idle';
  expect(tries()).toBe(1);
  connector.notAdded(clock.steady());
  expect(tries()).toBe(1);
  connector.notAdded(clock.steady());
  expect(tries()).toBe(0);
  clock.advance(5_000);
  expect(tries()).toBe(1);
});

it('lets the event loop rest after an attempt that timed out, and then tries one at a time', () => {
  const { clock, connections, connector } = connectorTo('http://127.0.0.1:1');
  const tries = () => {
    for (let time = 0; time < 5; time++) connector.add('soon');
    return connections.every.length;
  };
  connector.restsUntil = clock.steady() + 50;
  expect(tries()).toBe(0);
  clock.advance(50);
  expect(tries()).toBe(1);
  connector.restsUntil = 0;
  expect(tries()).toBe(2);
});

it.each([
  ['http://127.0.0.1:1', true, true],
  ['http://somewhere:1', false, false],
  ['https://127.0.0.1:1', false, false],
])('knows whether %s takes the event loop', (url, needsNoLoop, canWithoutLoop) => {
  const { connector } = connectorTo(url);
  expect([connector.needsNoLoop, connector.canWithoutLoop]).toEqual([needsNoLoop, canWithoutLoop]);
});

it('uses the last address of a name once without the event loop', () => {
  const { connections, connector } = connectorTo('http://somewhere:1');
  connector.lastAddress = '127.0.0.1';
  expect(connector.canWithoutLoop).toBe(true);
  connector.begin('sync');
  expect(connections.every[0]?.remoteAddress).toBe('127.0.0.1');
  expect(connector.canWithoutLoop).toBe(false);
});

function poolTo(url: string) {
  const { clock, settings } = connectorTo(url);
  const events: unknown[] = [];
  const pool: ConnectionPool = new ConnectionPool({
    ...settings,
    handshakeTimeoutMs: 1_000,
    keepConnectionsMs: 60_000,
    emptyRequest: Buffer.alloc(0),
    listener: (connection, event) => {
      // A busy machine may take its time here.
      clock.now += 1_000;
      events.push({
        ...event,
        end: pool.closed(connection, false, event.kind === 'closed' ? event.reason : ''),
      });
    },
  });
  cleanups.push(() => pool.close());
  return { clock, pool, events };
}

it('leaves it to Node to hear that an attempt was refused', async () => {
  const { clock, pool, events } = poolTo('https://127.0.0.1:1');
  pool.connect('now');
  // The kernel knows it by then, and would tell it once.
  pause(20);
  pool.giveUpLate(clock.steady());
  const refused = { kind: 'closed', reason: 'ECONNREFUSED', end: 'failed' };
  await vi.waitFor(() => expect(events).toEqual([refused]));
});

it('tells an attempt that timed out from one that was refused, however long that takes', () => {
  const { clock, pool, events } = poolTo('http://127.0.0.1:1');
  pool.connect('soon');
  clock.now += 1_000;
  pool.giveUpLate(clock.steady());
  const reason = 'no connection within 1000 ms';
  expect(events).toEqual([{ kind: 'closed', reason, end: 'timed out' }]);
});

it('gives a handshake its whole time again, once, if the event loop has not run for longer than that', async () => {
  const { clock, pool, events } = poolTo(`https://127.0.0.1:${await silentServer()}`);
  pool.connect('now');
  // The round trip of TCP.
  clock.now += 1;
  await vi.waitFor(() => expect(pool.every[0]?.latencyMs).toBe(1));
  clock.now += 1_101;
  pool.giveUpLate(clock.steady());
  clock.now += 999;
  pool.giveUpLate(clock.steady());
  expect(events).toEqual([]);
  clock.now += 1_000;
  pool.giveUpLate(clock.steady());
  expect(events).toMatchObject([{ kind: 'closed', reason: 'no connection within 1000 ms' }]);
});
