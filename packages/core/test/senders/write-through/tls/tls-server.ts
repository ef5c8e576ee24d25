/** A server that takes lines over TLS, Node's own, which is OpenSSL, behind a relay that sees and may change every byte. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { vi } from 'vitest';
import { createTransport, type Transport, type TransportOptions } from '../../../../src/index.ts';
import { MESSAGE, MessageReader } from '../../../../src/senders/write-through/tls/messages.ts';
import {
  CONTENT,
  type Decrypted,
  Decrypter,
  RecordReader,
  trafficKeys,
} from '../../../../src/senders/write-through/tls/records.ts';

const folder = mkdtempSync(join(tmpdir(), 'direct-logging-tls-'));

/** Removes the certificates. */
export function removeCertificates(): void {
  rmSync(folder, { recursive: true });
}

/** A key and a certificate for this name, signed by itself. */
export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** The days on which a certificate is valid that is not valid today. */
const DAYS = {
  expired: ['20200101000000Z', '20200102000000Z'],
  early: ['20490101000000Z', '20490102000000Z'],
} as const;

/** Makes one for `localhost`. */
export function makeCertificate(
  name = 'localhost',
  kind: 'valid' | keyof typeof DAYS = 'valid',
): Certificate {
  const [key, cert, request] = ['key', 'cert', 'request'].map((part) =>
    join(folder, `${name}-${kind}-${part}.pem`),
  ) as [string, string, string];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const fresh = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
  ];
  if (kind === 'valid') openssl(['req', '-x509', ...fresh, ...subject, '-days', '2', '-out', cert]);
  else {
    openssl(['req', '-new', ...fresh, ...subject, '-out', request]);
    const config = join(folder, 'ca.cnf');
    writeFileSync(
      config,
      `[ca]\ndefault_ca=own\n[own]\ndatabase=${folder}/index\nserial=${folder}/serial\nnew_certs_dir=${folder}\n` +
        'default_md=sha256\npolicy=any\ncopy_extensions=copy\n[any]\ncommonName=supplied\n',
    );
    writeFileSync(join(folder, 'index'), '');
    writeFileSync(join(folder, 'serial'), '01');
    const [first, last] = DAYS[kind];
    const dates = ['-startdate', first, '-enddate', last];
    const files = ['-in', request, '-keyfile', key, '-out', cert];
    openssl(['ca', '-config', config, '-selfsign', '-batch', '-notext', ...dates, ...files]);
  }
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}

/** A connection on its way through the relay. */
export interface Passage {
  /** Counted from 0. */
  readonly number: number;
  readonly client: net.Socket;
  readonly server: net.Socket;
  /** What the client sent. */
  sent: Buffer;
}

/** What a test wants. */
export interface TlsServerOptions extends tls.TlsOptions {
  readonly certificate: Certificate;
  /** Answers a request; the default is an empty 200. */
  readonly answer?: (response: http.ServerResponse, request: http.IncomingMessage) => void;
  /** Sees a request when it begins, and may answer it then. */
  readonly meet?: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  /** Has the connection instead of the relay when it says true, and both ends of it when it passes the bytes on itself. */
  readonly takeOver?: (passage: Passage) => boolean | 'passed on';
  /** Sees the decrypted stream of the server, and may write to it. */
  readonly onSecure?: (socket: tls.TLSSocket) => void;
  readonly onClose: (stop: () => void) => void;
}

/** A running one. */
export interface TlsServer {
  readonly port: number;
  /** Of lines that came, in their order. */
  readonly messages: string[];
  /** Lines of the server's key log. */
  readonly secrets: string[];
  readonly passages: Passage[];
}

/** Starts one. */
export async function startTlsServer(options: TlsServerOptions): Promise<TlsServer> {
  const { certificate, answer, meet, takeOver, onSecure, onClose, ...rest } = options;
  const messages: string[] = [];
  const secrets: string[] = [];
  const passages: Passage[] = [];
  const inner = http.createServer((request, response) => {
    let body = '';
    meet?.(request, response);
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    const keep = (): void => {
      for (const line of body.split('\n').slice(0, -1)) messages.push(JSON.parse(line)._msg);
      body = '';
    };
    request.on('end', () => {
      keep();
      if (response.headersSent) return;
      if (answer === undefined) response.end();
      else answer(response, request);
    });
    // A request that breaks off has its complete lines, as in VictoriaLogs.
    request.on('error', keep);
  });
  const outer = tls.createServer({ ...certificate, ...rest }, (socket) => {
    socket.on('error', () => {});
    onSecure?.(socket);
    inner.emit('connection', socket);
  });
  outer.on('keylog', (line) => secrets.push(line.toString()));
  outer.on('tlsClientError', () => {});
  await listening(outer);
  const relay = net.createServer((client) => {
    const server = net.connect(portOf(outer), '127.0.0.1');
    for (const socket of [client, server]) socket.on('error', () => socket.destroy());
    const passage: Passage = { number: passages.length, client, server, sent: Buffer.alloc(0) };
    passages.push(passage);
    client.on('data', (bytes) => {
      passage.sent = Buffer.concat([passage.sent, bytes]);
    });
    client.on('close', () => server.destroy());
    const taken = takeOver?.(passage);
    if (taken === 'passed on') return;
    if (taken === true) {
      server.destroy();
      return;
    }
    client.pipe(server).pipe(client);
    server.on('close', () => client.end());
  });
  await listening(relay);
  onClose(() => {
    for (const { client, server } of passages) {
      client.destroy();
      server.destroy();
    }
    relay.close();
    outer.close();
  });
  return { port: portOf(relay), messages, secrets, passages };
}

async function listening(server: net.Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

/** A transport that trusts this certificate, as NODE_EXTRA_CA_CERTS does it for a whole process. */
export function transportTo(
  { port }: Pick<TlsServer, 'port'>,
  trusted: Certificate | undefined,
  options: TransportOptions & { readonly hostname?: string; readonly ciphers?: string } = {},
): Transport {
  const { hostname = 'localhost', ciphers, ...rest } = options;
  if (trusted !== undefined) trust(trusted, ciphers);
  return createTransport({ url: `https://${hostname}:${port}`, ...rest });
}

const connect = tls.connect as (options: tls.ConnectionOptions) => tls.TLSSocket;

function trust({ cert }: Certificate, ciphers: string | undefined): void {
  const ofCiphers = ciphers === undefined ? {} : { ciphers };
  const secureContext = tls.createSecureContext({ ca: cert, ...ofCiphers });
  vi.spyOn(tls, 'connect').mockImplementation(((options: tls.ConnectionOptions) =>
    connect({ ...options, secureContext })) as typeof tls.connect);
}

/** What one connection sent behind its handshake. */
export interface Sent {
  /** Of application data. */
  readonly text: string;
  /** Of its records, in their order. */
  readonly types: readonly number[];
}

/**
 * Opens what each connection sent behind its handshake, with the numbers 0, 1, 2 and so on.
 * @throws Error when a record was encrypted under another number, or with another key.
 */
export function openSent({ passages, secrets }: TlsServer, suite: number): Sent[] {
  return passages.map(({ sent }) => {
    const reader = new RecordReader();
    const records: Buffer[] = [];
    for (let at = 0; at < sent.length; at += 65_536) {
      reader.add(sent.subarray(at, at + 65_536));
      for (let record = reader.next(); record; record = reader.next()) records.push(record);
    }
    const random = records[0]?.subarray(11, 43).toString('hex') ?? '';
    const decrypterOf = (name: string): Decrypter | undefined => {
      const line = secrets.find((text) => text.startsWith(`${name} ${random}`));
      const secret = Buffer.from(line?.trim().split(' ')[2] ?? '', 'hex');
      return line === undefined ? undefined : new Decrypter(trafficKeys(suite, secret));
    };
    const [handshake, ours] = [
      decrypterOf('CLIENT_HANDSHAKE_TRAFFIC_SECRET'),
      decrypterOf('CLIENT_TRAFFIC_SECRET_0'),
    ];
    // A connection that was given up before.
    if (handshake === undefined || ours === undefined) return { text: '', types: [] };
    const messages = new MessageReader();
    let isFinished = false;
    const decrypted: Decrypted[] = [];
    for (const record of records.filter(([type]) => type === CONTENT.applicationData)) {
      if (isFinished) decrypted.push(ours.decrypt(record));
      else {
        const ended = messages.ended(handshake.decrypt(record).content);
        isFinished = ended.some(({ type }) => type === MESSAGE.finished);
      }
    }
    return {
      text: decrypted
        .filter(({ type }) => type === CONTENT.applicationData)
        .map(({ content }) => content.toString())
        .join(''),
      types: decrypted.map(({ type }) => type),
    };
  });
}
