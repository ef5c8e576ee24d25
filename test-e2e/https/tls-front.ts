/** TLS in front of a server, whose certificate can be changed while nobody is connected. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { undoAtExit } from '../environment/cleanup.ts';
import { runCommand } from '../environment/run-command.ts';
import { freePort } from '../environment/victorialogs-process.ts';

/** A certificate for 127.0.0.1. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** An authority that signs certificates. */
export interface Authority {
  /** Path of its own certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificate: string;
  readonly folder: string;
  sign(name: string): Promise<Certificate>;
  remove(): void;
}

const KIND = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes one. Needs the `openssl` command. */
export async function makeAuthority(): Promise<Authority> {
  const folder = mkdtempSync(join(tmpdir(), 'direct-logging-authority-'));
  const forget = undoAtExit(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  const subject = ['-subj', '/CN=authority', '-days', '2'];
  await runCommand('openssl', [
    ...['req', '-x509', ...KIND, ...subject],
    ...['-keyout', at('ca.key'), '-out', at('ca.pem')],
  ]);
  return {
    certificate: at('ca.pem'),
    folder,
    async sign(name) {
      const [key, request, certificate] = [at(`${name}.key`), at(`${name}.csr`), at(`${name}.pem`)];
      const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
      await runCommand('openssl', ['req', ...KIND, ...names, '-keyout', key, '-out', request]);
      await runCommand('openssl', [
        ...['x509', '-req', '-in', request, '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
        // With `-CAcreateserial`, certificates that are signed at the same time share a file.
        ...['-set_serial', `0x${randomBytes(8).toString('hex')}`],
        ...['-copy_extensions', 'copy', '-days', '2', '-out', certificate],
      ]);
      return { key, certificate };
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
      forget();
    },
  };
}

/** A running one. */
export interface TlsFront {
  readonly url: string;
  /** Lines of its key log. */
  readonly secrets: string[];
  /** How many bytes came over TLS. */
  received(): number;
  /** Ends with all connections, and begins again on the same port. */
  restart(certificate: Certificate): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one before the server at this base URL. */
export async function startTlsFront(
  serverUrl: string,
  first: Certificate,
  settings: TlsOptions = {},
): Promise<TlsFront> {
  const { hostname, port } = new URL(serverUrl);
  const secrets: string[] = [];
  let server: Server | undefined;
  let destroyAll = (): void => {};
  let bytes = 0;
  const begin = async ({ key, certificate }: Certificate, at: number): Promise<void> => {
    const options = { key: readFileSync(key), cert: readFileSync(certificate), ...settings };
    const sockets = new Set<{ destroy(): unknown }>();
    const made = createServer(options, (client) => {
      const storage = connect(Number(port), hostname);
      for (const [socket, other] of [
        [client, storage],
        [storage, client],
      ] as const) {
        socket.on('error', () => other.destroy());
        socket.on('close', () => other.destroy());
        socket.pipe(other);
        sockets.add(socket);
      }
      client.on('data', ({ length }) => {
        bytes += length;
      });
    });
    made.on('keylog', (line) => secrets.push(line.toString()));
    made.on('connection', (socket) => sockets.add(socket));
    made.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => made.listen(at, '127.0.0.1', resolve));
    server = made;
    destroyAll = () => {
      for (const socket of sockets) socket.destroy();
    };
  };
  const end = async (): Promise<void> => {
    const closed = new Promise((resolve) => server?.close(resolve));
    destroyAll();
    await closed;
  };
  const chosen = await freePort();
  await begin(first, chosen);
  return {
    url: `https://127.0.0.1:${chosen}`,
    secrets,
    received: () => bytes,
    async restart(certificate) {
      await end();
      await begin(certificate, chosen);
    },
    stop: end,
  };
}
