import http, { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  askRetention,
  retentionIn,
  ServerRetention,
} from '../../../src/delivery/spool/server-retention.ts';
import { DAY_MS } from '../../../src/record/retention.ts';
import type { Endpoint } from '../../../src/senders/endpoint.ts';

const FLAG = 'flag{name="retentionPeriod", value="30d", is_set="true"} 1\n';

describe('the metrics', () => {
  it.each([
    [`# HELP x\n${FLAG}`, '30d'],
    [`flag{name="storageNode", value="a:1", is_set="true"} 1\n${FLAG}`, undefined],
    [`flag{name="storageNode", value="", is_set="false"} 1\n${FLAG}`, '30d'],
    ['', undefined],
  ])('%j say %j', (metrics, retention) => {
    expect(retentionIn(metrics)).toBe(retention);
  });
});

describe('asking a server', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function endpointOf(answer: RequestListener): Promise<Endpoint> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const path = '/prefix/insert/jsonline';
    return {
      ...{ protocol: 'http:', hostname: '127.0.0.1', port, socketPath: '', path },
      displayUrl: `http://127.0.0.1:${port}${path}`,
    };
  }

  it('reads its metrics below the same prefix, with the same headers', async () => {
    const asked: unknown[] = [];
    const endpoint = await endpointOf(({ url, headers }, response) => {
      asked.push(url, headers.authorization);
      response.end(FLAG);
    });
    const headers = { Authorization: 'Bearer t' };
    await expect(askRetention(endpoint, headers, 5_000)).resolves.toBe(30 * DAY_MS);
    expect(asked).toEqual(['/prefix/metrics', 'Bearer t']);
  });

  it('does not name the headers where the connection is made, since NODE_DEBUG=net would print them', async () => {
    const create = vi.spyOn(http.Agent.prototype, 'createConnection');
    const endpoint = await endpointOf((_, response) => response.end(FLAG));
    await askRetention(endpoint, { Authorization: 'Bearer t' }, 5_000);
    expect(create).toHaveBeenCalledOnce();
    expect(inspect(create.mock.calls, { depth: 5 })).not.toContain('Bearer');
    create.mockRestore();
  });

  it('does not go through the proxy of a package that replaces `get`, which would see the credentials', async () => {
    const replaced = ['get', 'request'] as const;
    const spies = replaced.map((name) =>
      vi.spyOn(http, name).mockImplementation(() => {
        throw new Error('through a proxy');
      }),
    );
    try {
      const endpoint = await endpointOf((_, response) => response.end(FLAG));
      await expect(askRetention(endpoint, {}, 5_000)).resolves.toBe(30 * DAY_MS);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  it('knows nothing when it refuses, and fails when it does not answer', async () => {
    const refusing = await endpointOf((_, response) => response.writeHead(403).end(FLAG));
    await expect(askRetention(refusing, {}, 5_000)).resolves.toBeUndefined();
    const silent = await endpointOf(() => {});
    await expect(askRetention(silent, {}, 50)).rejects.toThrow('timeout');
    const other = await endpointOf((_, response) => {
      response.socket?.write('HTTP/1.1 101 Other\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    });
    await expect(askRetention(other, {}, 2_000)).rejects.toThrow('another protocol');
  });

  it('is wanted for lines that may be too old, and is a day as long as nobody knows it', async () => {
    let isThere = false;
    const endpoint = await endpointOf((_, response) => {
      if (isThere) response.writeHead(403).end();
      else response.destroy();
    });
    const unknown = new ServerRetention(endpoint, {}, undefined);
    expect([unknown.admit(0), unknown.isWanted]).toEqual([true, false]);
    expect([unknown.admit(2), unknown.isWanted]).toEqual([false, true]);
    await unknown.learn();
    expect(unknown.isWanted).toBe(true);
    isThere = true;
    await unknown.learn();
    expect([unknown.isWanted, unknown.admit(2), unknown.guessed]).toEqual([false, true, 2]);
    expect(unknown.ms).toBe(DAY_MS);
    const set = new ServerRetention(endpoint, {}, 4 * DAY_MS);
    await set.learn();
    expect([set.ms, set.admit(2), set.guessed]).toEqual([4 * DAY_MS, true, 0]);
  });
});
