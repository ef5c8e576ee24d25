/** Takes lines in any format, answers 200, and counts the lines. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** A running counting server. */
export interface CountingServer {
  readonly url: string;
  /** How many different lines of this run have arrived. The text of a line is the id, a space and a number. */
  count(id: string): number;
  stop(): void;
}

/** Starts a counting server on a free port. */
export async function startCountingServer(): Promise<CountingServer> {
  const seen = new Map<string, Set<string>>();
  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => Buffer.alloc(0));
    const packed = request.headers['content-encoding'] === 'gzip' && body.length > 0;
    const text = (packed ? gunzipSync(body) : body).toString('latin1');
    for (const [, id = '', line = ''] of text.matchAll(/\b(run-[0-9a-f-]{36}) (\d+)/g)) {
      const lines = seen.get(id) ?? new Set();
      seen.set(id, lines.add(line));
    }
    response.setHeader('content-type', 'application/json');
    response.end('{"ingested":1,"failed":0}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/lines`,
    count: (id) => seen.get(id)?.size ?? 0,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
