/**
 * The handshake of TLS: Node makes it and checks the certificate as for any program. Its bytes pass through here, record by
 * record, so that it is certain where the handshake ends in both directions: behind that point Node sees nothing and writes
 * nothing, and the traffic secrets are ours.
 *
 * @lazy
 */
import { Duplex } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Endpoint } from '../../endpoint.ts';
import {
  CONTENT,
  HEAD_BYTES,
  isKnownSuite,
  Opener,
  RecordReader,
  Sealer,
  trafficKeys,
} from './records.ts';

/** Both directions of a connection after its handshake. */
export interface Secured {
  readonly sealer: Sealer;
  readonly opener: Opener;
  /** Has what the server sent behind its handshake. */
  readonly received: RecordReader;
}

/** What the handshake needs of the connection, and tells it. */
export interface HandshakeOwner {
  /** Bytes for the server. */
  send(bytes: Buffer): void;
  secured(secured: Secured): void;
  /** Node has refused the connection, or the server has. */
  failed(error: Error): void;
  /** The connection is good, but not for us: it needs the portable sender. */
  unsupported(reason: string): void;
}

/** RFC 8446, section 4: types of handshake messages. */
const SERVER_HELLO = 2;
const FINISHED = 20;
/** Section 4.1.3: version and random stand before the session id in a ServerHello, whose cipher suite comes next. */
const SESSION_ID_AT = HEAD_BYTES + 4 + 2 + 32;
/** Type and length of a handshake message, section 4. */
const MESSAGE_HEAD_BYTES = 4;

/** Names in Node's `keylog` event, the format of NSS key logs. */
type SecretName =
  | 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'
  | 'SERVER_HANDSHAKE_TRAFFIC_SECRET'
  | 'CLIENT_TRAFFIC_SECRET_0'
  | 'SERVER_TRAFFIC_SECRET_0';

/** With the authorities that the environment names. Each costs milliseconds, so all connections share one. */
let secureContext: SecureContext | undefined;

/** One handshake, from a connection that is there to keys for both directions. */
export class Handshake {
  readonly #owner: HandshakeOwner;
  readonly #wire: Duplex;
  readonly #socket: TLSSocket;
  readonly #secrets = new Map<string, Buffer>();
  readonly #fromServer = new RecordReader();
  readonly #fromNode = new RecordReader();
  readonly #serverSide: Side;
  readonly #clientSide: Side;
  /** A sealed record that came before the secret that opens it. */
  #early: Buffer | undefined;
  /** Number of the cipher suite that the server chose. */
  #suite = 0;
  #isVerified = false;
  #isOver = false;

  constructor(endpoint: Endpoint, owner: HandshakeOwner) {
    this.#owner = owner;
    this.#serverSide = new Side(() => this.#opener('SERVER_HANDSHAKE_TRAFFIC_SECRET'));
    this.#clientSide = new Side(() => this.#opener('CLIENT_HANDSHAKE_TRAFFIC_SECRET'));
    this.#wire = new Duplex({
      read() {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#attempt(() => this.#takeFromNode(bytes));
        done();
      },
    });
    const { connect, createSecureContext } = process.getBuiltinModule('node:tls');
    const { isIP } = process.getBuiltinModule('node:net');
    const { hostname } = endpoint;
    secureContext ??= createSecureContext();
    this.#socket = connect({
      socket: this.#wire,
      secureContext,
      // Names are checked against this; an address has no SNI, RFC 6066 section 3.
      host: hostname,
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
      ALPNProtocols: ['http/1.1'],
    });
    this.#socket.on('keylog', (line) => this.#attempt(() => this.#takeSecret(line)));
    this.#socket.on('secureConnect', () => this.#attempt(() => this.#verified()));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the handshake was given up')));
  }

  /** Takes what the server sent. */
  receive(bytes: Uint8Array): void {
    this.#attempt(() => {
      this.#fromServer.add(bytes);
      this.#passToNode();
    });
  }

  /** Gives it up. */
  close(): void {
    this.#isOver = true;
    for (const secret of this.#secrets.values()) secret.fill(0);
    this.#secrets.clear();
    this.#socket.destroy();
  }

  /** The server's records as long as they belong to the handshake. */
  #passToNode(): void {
    while (!this.#serverSide.isFinished && this.#early === undefined) {
      const record = this.#fromServer.next();
      if (record === undefined) break;
      if (isSealed(record) && !this.#secrets.has('SERVER_HANDSHAKE_TRAFFIC_SECRET')) {
        this.#early = record;
        return;
      }
      this.#passOne(record);
    }
    this.#endIfComplete();
  }

  #passOne(record: Buffer): void {
    if (isSealed(record)) this.#serverSide.look(record);
    else if (isServerHello(record)) this.#suite = suiteOf(record);
    this.#wire.push(record);
  }

  #takeFromNode(bytes: Buffer): void {
    // What Node writes behind its handshake, such as the alert when it is closed, must not reach the server.
    if (this.#isOver) return;
    this.#fromNode.add(bytes);
    for (let record = this.#fromNode.next(); record; record = this.#fromNode.next()) {
      if (this.#clientSide.isFinished) throw new Error('a record of Node behind the handshake');
      if (isSealed(record)) this.#clientSide.look(record);
      this.#owner.send(Buffer.from(record));
    }
    this.#endIfComplete();
  }

  #takeSecret(line: Buffer): void {
    const [name = '', , secret = ''] = line.toString('latin1').trim().split(' ');
    this.#secrets.set(name, Buffer.from(secret, 'hex'));
    const early = this.#early;
    if (name !== 'SERVER_HANDSHAKE_TRAFFIC_SECRET' || early === undefined) return;
    this.#early = undefined;
    // Node is in the middle of the record before.
    queueMicrotask(() =>
      this.#attempt(() => {
        this.#passOne(early);
        this.#passToNode();
      }),
    );
  }

  #verified(): void {
    const protocol = this.#socket.getProtocol();
    if (protocol !== 'TLSv1.3') this.#unsupported(`the server speaks ${protocol}`);
    else if (!isKnownSuite(this.#suite)) {
      this.#unsupported(`the cipher is ${this.#socket.getCipher().name}`);
    } else if (!this.#secrets.has('CLIENT_TRAFFIC_SECRET_0')) {
      this.#unsupported('this runtime shows no traffic secrets');
    } else {
      this.#isVerified = true;
      this.#endIfComplete();
    }
  }

  #opener(name: SecretName): Opener {
    return new Opener(trafficKeys(this.#suite, this.#secrets.get(name) ?? Buffer.alloc(0)));
  }

  #endIfComplete(): void {
    const { isFinished } = this.#serverSide;
    if (!this.#isVerified || !isFinished || !this.#clientSide.isFinished || this.#isOver) return;
    const client = this.#secrets.get('CLIENT_TRAFFIC_SECRET_0') ?? Buffer.alloc(0);
    const sealer = new Sealer(trafficKeys(this.#suite, client));
    const opener = this.#opener('SERVER_TRAFFIC_SECRET_0');
    this.close();
    this.#owner.secured({ sealer, opener, received: this.#fromServer });
  }

  #attempt(step: () => void): void {
    if (this.#isOver) return;
    try {
      step();
    } catch (error) {
      this.#unsupported((error as Error).message);
    }
  }

  #unsupported(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#owner.unsupported(reason);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.close();
    this.#owner.failed(error);
  }
}

/** Finds the end of one side's handshake in its sealed records. */
class Side {
  isFinished = false;
  readonly #makeOpener: () => Opener;
  #opener: Opener | undefined;
  #messages = Buffer.alloc(0);

  constructor(makeOpener: () => Opener) {
    this.#makeOpener = makeOpener;
  }

  /** Looks at a record; messages may span several, and one may hold several. */
  look(record: Buffer): void {
    this.#opener ??= this.#makeOpener();
    const { type, content } = this.#opener.open(record);
    if (type !== CONTENT.handshake) return;
    this.#messages = Buffer.concat([this.#messages, content]);
    while (this.#messages.length >= MESSAGE_HEAD_BYTES) {
      const end = MESSAGE_HEAD_BYTES + this.#messages.readUIntBE(1, 3);
      if (this.#messages.length < end) return;
      if (this.#messages[0] === FINISHED) this.isFinished = true;
      this.#messages = this.#messages.subarray(end);
    }
  }
}

function isSealed(record: Buffer): boolean {
  return record[0] === CONTENT.applicationData;
}

function isServerHello(record: Buffer): boolean {
  return record[0] === CONTENT.handshake && record[HEAD_BYTES] === SERVER_HELLO;
}

/** A retry request has the same form, and names the suite that the real one will name. */
function suiteOf(serverHello: Buffer): number {
  return serverHello.readUInt16BE(SESSION_ID_AT + 1 + (serverHello[SESSION_ID_AT] ?? 0));
}
