/** A reverse proxy that speaks TLS to the program and plain TCP to the server, with a certificate of its own. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createServer } from 'node:tls';
import { undoAtExit } from '../environment/cleanup.ts';
import { runCommand } from '../environment/run-command.ts';

/** A running proxy. */
export interface TlsProxy {
  /** Base URL to use instead of the server's. */
  readonly url: string;
  /** Path of its certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificate: string;
  stop(): Promise<void>;
}

/** Starts one in front of the server at this base URL. Needs the `openssl` command. */
export async function startTlsProxy(serverUrl: string): Promise<TlsProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-tls-'));
  const forget = undoAtExit(() => rmSync(folder, { recursive: true, force: true }));
  const { key, certificate } = await makeCertificate(folder);
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex, other: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const options = { key: await readFile(key), cert: await readFile(certificate) };
  const proxy = createServer(options, (client) => {
    const server = connect(Number(port), hostname);
    keep(client, server);
    keep(server, client);
    client.pipe(server);
    server.pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    certificate,
    async stop() {
      const closed = once(proxy, 'close');
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(folder, { recursive: true, force: true });
      forget();
    },
  };
}

async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  const key = join(folder, 'key.pem');
  const certificate = join(folder, 'certificate.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', certificate];
  await runCommand('openssl', ['req', '-x509', ...kind, '-days', '2', ...subject, ...files]);
  return { key, certificate };
}
