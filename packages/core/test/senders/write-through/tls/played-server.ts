/** A server whose handshake is that of OpenSSL, and which plays what a test wants behind it, with the keys of the handshake. */
import { constants } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import {
  CONTENT,
  Decrypter,
  RecordReader,
  trafficKeys,
} from '../../../../src/senders/write-through/tls/records.ts';
import { AnyEncrypter } from './any-record.ts';
import type { Certificate } from './tls-server.ts';

/** The server's end of one connection, after the handshake. */
export interface Played {
  /** Counted from 0. */
  readonly number: number;
  readonly client: net.Socket;
  readonly encrypter: AnyEncrypter;
}

/** What a test wants. */
export interface PlayedServerOptions {
  readonly certificate: Certificate;
  readonly suite: number;
  /** The name of the suite. */
  readonly ciphers: string;
  /** Called at the end of each handshake. */
  readonly onHandshake?: (played: Played) => void;
  /** Called with each record that comes, before it is answered; the connection is the test's when it says true. */
  readonly onRecord?: (played: Played) => boolean;
  /** How an answer goes out. */
  readonly deliver?: (played: Played, answer: Buffer) => void;
  readonly onClose: (stop: () => void) => void;
}

/** A running one. */
export interface PlayedServer {
  readonly port: number;
  /** Of lines that came, in their order. */
  readonly messages: string[];
  /** Records that could not be decrypted under the number that was due, and anything else that was wrong. */
  readonly faults: unknown[];
  /** Changes of keys of the clients. */
  keyUpdates: number;
  connections: number;
}

/** Starts one. */
export async function startPlayedServer(options: PlayedServerOptions): Promise<PlayedServer> {
  const { certificate, ciphers, suite, onHandshake, onRecord, deliver, onClose } = options;
  const secrets: string[] = [];
  const sockets: net.Socket[] = [];
  const handshakes = tls.createServer({
    ...certificate,
    ciphers,
    minVersion: 'TLSv1.3',
    // Behind the handshake it is silent.
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  handshakes.on('keylog', (line) => secrets.push(line.toString()));
  handshakes.on('tlsClientError', () => {});
  handshakes.on('secureConnection', (socket) => socket.on('error', () => {}));
  await listening(handshakes);
  const requests = requestsTo();
  const relay = net.createServer((client) => {
    const server = net.connect((handshakes.address() as net.AddressInfo).port, '127.0.0.1');
    sockets.push(client, server);
    for (const socket of [client, server]) socket.on('error', () => socket.destroy());
    client.on('close', () => server.destroy());
    const number = played.connections++;
    const secretOf = (name: string): Buffer => {
      const line = secrets.find((text) => text.startsWith(`${name} ${random}`)) ?? '';
      return Buffer.from(line.trim().split(' ')[2] ?? '', 'hex');
    };
    let random = '';
    let end: PlayedEnd | undefined;
    server.on('data', (bytes) => {
      if (end === undefined) client.write(bytes);
    });
    const reader = new RecordReader();
    let isFinished = false;
    const take = (record: Buffer): void => {
      if (end !== undefined) {
        end.take(record);
        return;
      }
      random ||= record.subarray(11, 43).toString('hex');
      server.write(Buffer.from(record));
      // The first encrypted record of a client without a certificate is its Finished.
      isFinished = record[0] === CONTENT.applicationData;
    };
    const begin = (line: Buffer): void => {
      // The last secret that the server makes: it has the client's Finished then.
      if (!line.toString().startsWith(`CLIENT_TRAFFIC_SECRET_0 ${random} `)) return;
      const decrypter = new Decrypter(trafficKeys(suite, secretOf('CLIENT_TRAFFIC_SECRET_0')));
      const encrypter = new AnyEncrypter(suite, secretOf('SERVER_TRAFFIC_SECRET_0'));
      const itself = { number, client, encrypter };
      end = new PlayedEnd(itself, decrypter, {
        onRecord,
        deliver,
        requests,
        server: played,
      });
      onHandshake?.(itself);
      setImmediate(takeAll);
    };
    handshakes.on('keylog', begin);
    const takeAll = (): void => {
      try {
        while (end !== undefined || !isFinished) {
          const record = reader.next();
          if (record === undefined) return;
          take(record);
        }
      } catch (error) {
        played.faults.push(error);
        client.destroy();
      }
    };
    client.on('data', (bytes) => {
      reader.add(bytes);
      takeAll();
    });
  });
  await listening(relay);
  onClose(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
    handshakes.close();
  });
  const played: PlayedServer = {
    port: (relay.address() as net.AddressInfo).port,
    messages: [],
    faults: [],
    keyUpdates: 0,
    connections: 0,
  };
  return played;

  function requestsTo(): http.Server {
    return http.createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      const keep = (): void => {
        for (const line of body.split('\n').slice(0, -1))
          played.messages.push(JSON.parse(line)._msg);
        body = '';
      };
      request.on('end', () => {
        keep();
        response.end();
      });
      // A request that breaks off has its complete lines, as in VictoriaLogs.
      request.on('error', keep);
    });
  }
}

interface Context {
  readonly onRecord: PlayedServerOptions['onRecord'] | undefined;
  readonly deliver: PlayedServerOptions['deliver'] | undefined;
  readonly requests: http.Server;
  readonly server: PlayedServer;
}

/** Decrypts what comes, and encrypts what is answered. */
class PlayedEnd {
  readonly #played: Played;
  readonly #decrypter: Decrypter;
  readonly #context: Context;
  readonly #stream: Duplex;
  #isTestsOwn = false;

  constructor(itself: Played, decrypter: Decrypter, context: Context) {
    this.#played = itself;
    this.#decrypter = decrypter;
    this.#context = context;
    const { client, encrypter } = itself;
    this.#stream = new Duplex({
      read() {},
      write: (bytes: Buffer, _encoding, done) => {
        if (context.deliver === undefined) {
          client.write(encrypter.encrypt(CONTENT.applicationData, bytes));
        } else context.deliver(itself, bytes);
        done();
      },
    });
    this.#stream.on('error', () => {});
    client.on('close', () => this.#stream.destroy());
    context.requests.emit('connection', this.#stream);
  }

  take(record: Buffer): void {
    if (this.#isTestsOwn) return;
    const { type, content } = this.#decrypter.decrypt(record);
    if (type === CONTENT.handshake) {
      // The answer to a request for other keys, and nothing else.
      if (!content.equals(Buffer.from([24, 0, 0, 1, 0]))) throw new Error(content.toString('hex'));
      this.#decrypter.changeKeys();
      this.#context.server.keyUpdates++;
    }
    if (this.#context.onRecord?.(this.#played) === true) this.#isTestsOwn = true;
    else if (type === CONTENT.applicationData) this.#stream.push(Buffer.from(content));
  }
}

async function listening(server: net.Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}
