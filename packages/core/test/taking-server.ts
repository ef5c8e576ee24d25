/** A server that takes lines as VictoriaLogs does, the complete ones of a request that breaks off, too; shows what it has taken. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** How it listens and answers. */
export interface TakingOptions {
  /** Default: 127.0.0.1. */
  readonly address?: string;
  /** Default: any that is free. */
  readonly port?: number | undefined;
  /** Answers 400 to these requests and takes nothing of them. Default: none. */
  readonly refuses?: (body: string) => boolean;
}

/** What tests look at. */
export interface TakingServer {
  readonly port: number;
  readonly url: string;
  /** `_msg` of each line, in the order of coming. */
  readonly messages: readonly string[];
  /** `shipper.seq` of each line. */
  readonly counters: readonly number[];
  readonly requests: number;
  readonly paths: ReadonlySet<string | undefined>;
  readonly hosts: ReadonlySet<string | undefined>;
  /** Closes its connections, too. */
  stop(): Promise<void>;
}

export async function startTakingServer(options: TakingOptions = {}): Promise<TakingServer> {
  const { address = '127.0.0.1', port = 0, refuses = () => false } = options;
  const messages: string[] = [];
  const counters: number[] = [];
  const paths = new Set<string | undefined>();
  const hosts = new Set<string | undefined>();
  let requests = 0;
  const take = (body: string): void => {
    for (const line of body.split('\n').slice(0, -1)) {
      const record = JSON.parse(line);
      messages.push(record._msg);
      counters.push(record['shipper.seq']);
    }
  };
  const server = http.createServer((request, response) => {
    requests++;
    paths.add(request.url);
    hosts.add(request.headers.host);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('error', () => {});
    request.on('end', () => {
      if (refuses(body)) {
        response.writeHead(400).end('no');
        return;
      }
      take(body);
      response.end();
    });
    request.on('close', () => {
      if (!request.complete) take(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  const taken = (server.address() as AddressInfo).port;
  return {
    port: taken,
    url: `http://${address.includes(':') ? `[${address}]` : address}:${taken}`,
    messages,
    counters,
    get requests() {
      return requests;
    },
    paths,
    hosts,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
