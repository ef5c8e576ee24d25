/**
 * The TLS handshake: Node makes it, and checks the certificate as for any program. Its bytes pass through here, record by
 * record, so that it is certain where the handshake ends in both directions. After that point Node sees nothing and writes
 * nothing, and the traffic secrets are ours. @lazy tls
 */
import { Duplex, type DuplexOptions } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { withoutInherited } from '../../../process/bare-options.ts';
import { guarded } from '../../../process/guard.ts';
import type { Endpoint } from '../../endpoint.ts';
import { tlsOptions } from '../../tls-options.ts';
import { MESSAGE, MESSAGE_HEAD_BYTES, MessageReader } from './messages.ts';
import { connectedTlsSocket } from './own-tls-socket.ts';
import {
  CONTENT,
  Decrypter,
  Encrypter,
  HEAD_BYTES,
  RecordReader,
  type TrafficKeys,
  trafficKeys,
} from './records.ts';

export interface Secured {
  readonly encrypter: Encrypter;
  readonly decrypter: Decrypter;
  /** Holds what the server sent after its handshake. */
  readonly received: RecordReader;
}

/**
 * How a handshake ended. `failed`: Node or the server has refused the connection. `unsupported`: the connection is good, but not for
 * us: it needs the portable sender.
 */
export type HandshakeResult =
  | { readonly kind: 'secured'; readonly secured: Secured }
  | { readonly kind: 'failed' | 'unsupported'; readonly error: Error };

/** RFC 8446, section 4.1.3: in a ServerHello, the session id comes after version and random, and before the cipher suite. */
const SESSION_ID_AT = MESSAGE_HEAD_BYTES + 2 + 32;
/** The number of the suite comes before this position. */
const MAX_HELLO_BYTES = 512;

/** Names in Node's `keylog` event, in the format of NSS key logs. */
type SecretName =
  | 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'
  | 'SERVER_HANDSHAKE_TRAFFIC_SECRET'
  | 'CLIENT_TRAFFIC_SECRET_0'
  | 'SERVER_TRAFFIC_SECRET_0';

/** One handshake: it begins with a connection, and ends with keys for both directions. */
export class Handshake {
  readonly #send: (bytes: Buffer) => void;
  readonly #ended: (result: HandshakeResult) => void;
  readonly #wire: Duplex;
  readonly #socket: TLSSocket | undefined;
  readonly #secrets = new Map<string, Buffer>();
  readonly #fromServer = new RecordReader();
  readonly #fromNode = new RecordReader();
  readonly #serverSide: Side;
  readonly #clientSide: Side;
  /** An encrypted record that came before the secret that decrypts it. */
  #early: Buffer | undefined;
  /** The beginning of what the server said. */
  #hello: Buffer = Buffer.alloc(0);
  /** Number of the cipher suite that the server chose. */
  #suite = 0;
  /** Why we cannot encrypt records, even if Node accepts the connection. */
  #obstacle: string | undefined;
  #isVerified = false;
  #isOver = false;

  /** @param send Takes bytes for the server. @param ended Called once, unless `close` comes first. */
  constructor(
    endpoint: Endpoint,
    send: (bytes: Buffer) => void,
    ended: (result: HandshakeResult) => void,
  ) {
    this.#send = send;
    this.#ended = ended;
    this.#serverSide = new Side(() => new Decrypter(this.#keys('SERVER_HANDSHAKE_TRAFFIC_SECRET')));
    this.#clientSide = new Side(() => new Decrypter(this.#keys('CLIENT_HANDSHAKE_TRAFFIC_SECRET')));
    const made: DuplexOptions = {
      read() {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#attempt(() => this.#takeFromNode(bytes));
        done();
      },
    };
    this.#wire = withoutInherited(() => new Duplex(made));
    const { hostname } = endpoint;
    const socket = connectedTlsSocket({
      ...tlsOptions(hostname),
      socket: this.#wire,
      // The names in the certificate are checked against this.
      host: hostname,
      ALPNProtocols: ['http/1.1'],
    });
    this.#socket = socket;
    letThrow(socket);
    // Each comes before the listener of a tool that watches all connections.
    socket.prependListener('keylog', (line) => this.#attempt(() => this.#takeSecret(line)));
    socket.prependListener('secureConnect', () => this.#attempt(() => this.#verified(socket)));
    const fail = guarded((event: Error | boolean) => {
      const error = typeof event === 'boolean' ? new Error('the handshake was given up') : event;
      this.#end({ kind: 'failed', error });
    });
    socket.prependListener('error', fail);
    socket.prependListener('close', fail);
  }

  receive(bytes: Uint8Array): void {
    this.#attempt(() => {
      this.#fromServer.add(bytes);
      this.#passToNode();
    });
  }

  /** Ends the handshake, and erases its secrets. */
  close(): void {
    this.#isOver = true;
    for (const secret of this.#secrets.values()) secret.fill(0);
    this.#secrets.clear();
    // There is no socket yet if sending the first bytes fails, since that happens while it is being made.
    this.#socket?.destroy();
  }

  /** Passes the server's records to Node, as long as they belong to the handshake. */
  #passToNode(): void {
    while (!this.#isOver && !this.#serverSide.isFinished && this.#early === undefined) {
      const record = this.#fromServer.next();
      if (record === undefined) break;
      if (isEncrypted(record) && !this.#secrets.has('SERVER_HANDSHAKE_TRAFFIC_SECRET')) {
        this.#early = record;
        // A runtime that has shown no secret by then never will.
        setImmediate(() => this.#attempt(() => this.#passEarly())).unref();
        return;
      }
      this.#passOne(record);
    }
    this.#endIfComplete();
  }

  #passEarly(): void {
    const early = this.#early;
    if (early === undefined) return;
    this.#early = undefined;
    this.#passOne(early);
    this.#passToNode();
  }

  #passOne(record: Buffer): void {
    if (isEncrypted(record)) this.#look(this.#serverSide, record);
    else if (this.#suite === 0) this.#lookForSuite(record);
    this.#wire.push(record);
  }

  /** It is in the server's first message, a ServerHello or HelloRetryRequest, which may come in several records. */
  #lookForSuite(record: Buffer): void {
    if (record[0] !== CONTENT.handshake || this.#hello.length > MAX_HELLO_BYTES) return;
    this.#hello = Buffer.concat([this.#hello, record.subarray(HEAD_BYTES)]);
    this.#suite = suiteOf(this.#hello);
  }

  #takeFromNode(bytes: Buffer): void {
    this.#fromNode.add(bytes);
    for (let record = this.#fromNode.next(); record; record = this.#fromNode.next()) {
      if (this.#clientSide.isFinished) throw new Error('a record of Node after the handshake');
      if (isEncrypted(record)) this.#look(this.#clientSide, record);
      this.#send(Buffer.from(record));
    }
    this.#endIfComplete();
  }

  /** Node judges what we cannot read: it refuses a forged record, and takes one with a cipher that we do not have. */
  #look(side: Side, record: Buffer): void {
    if (this.#obstacle !== undefined) return;
    try {
      side.look(record);
    } catch (error) {
      this.#obstacle = (error as Error).message;
    }
  }

  #takeSecret(line: Buffer): void {
    const [name = '', , secret = ''] = line.toString('latin1').trim().split(' ');
    this.#secrets.set(name, Buffer.from(secret, 'hex'));
    if (name !== 'SERVER_HANDSHAKE_TRAFFIC_SECRET' || this.#early === undefined) return;
    // Node is still in the middle of the previous record.
    queueMicrotask(() => this.#attempt(() => this.#passEarly()));
  }

  #verified(socket: TLSSocket): void {
    const protocol = socket.getProtocol();
    if (protocol !== 'TLSv1.3') this.#obstacle = `the server speaks ${protocol}`;
    this.#isVerified = true;
    this.#endIfComplete();
  }

  #keys(name: SecretName): TrafficKeys {
    return trafficKeys(this.#suite, this.#secrets.get(name));
  }

  #endIfComplete(): void {
    if (!this.#isVerified || this.#isOver) return;
    if (this.#obstacle !== undefined) throw new Error(this.#obstacle);
    if (!this.#serverSide.isFinished || !this.#clientSide.isFinished) return;
    const encrypter = new Encrypter(this.#keys('CLIENT_TRAFFIC_SECRET_0'));
    const decrypter = new Decrypter(this.#keys('SERVER_TRAFFIC_SECRET_0'));
    const secured = { encrypter, decrypter, received: this.#fromServer };
    this.#end({ kind: 'secured', secured });
  }

  /** An error before the server is verified only fails this connection: it must not change how lines are sent. */
  #attempt(step: () => void): void {
    if (this.#isOver) return;
    try {
      step();
    } catch (error) {
      const kind = this.#isVerified ? 'unsupported' : 'failed';
      this.#end({ kind, error: error as Error });
    }
  }

  #end(result: HandshakeResult): void {
    if (this.#isOver) return;
    this.close();
    this.#ended(result);
  }
}

/**
 * What another module's listener throws becomes an uncaught exception, as on any other connection. Otherwise it would reach us
 * in the middle of the handshake, because we call its next step ourselves.
 */
function letThrow(socket: TLSSocket): void {
  const { emit } = socket;
  socket.emit = (...event: unknown[]): boolean => {
    try {
      return Reflect.apply(emit, socket, event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
      return true;
    }
  };
}

/** Finds the end of one side's handshake in its encrypted records. */
class Side {
  isFinished = false;
  readonly #makeDecrypter: () => Decrypter;
  #decrypter: Decrypter | undefined;
  readonly #messages = new MessageReader();

  constructor(makeDecrypter: () => Decrypter) {
    this.#makeDecrypter = makeDecrypter;
  }

  look(record: Buffer): void {
    this.#decrypter ??= this.#makeDecrypter();
    const { type, content } = this.#decrypter.decrypt(record);
    if (type !== CONTENT.handshake) return;
    if (this.#messages.ended(content).some((message) => message.type === MESSAGE.finished))
      this.isFinished = true;
  }
}

function isEncrypted(record: Buffer): boolean {
  return record[0] === CONTENT.applicationData;
}

/** 0 as long as it has not come. A HelloRetryRequest has the same form, and names the same suite as the ServerHello after it. */
function suiteOf(hello: Buffer): number {
  const at = SESSION_ID_AT + 1 + (hello[SESSION_ID_AT] ?? 0);
  return hello[0] === MESSAGE.serverHello && hello.length >= at + 2 ? hello.readUInt16BE(at) : 0;
}
