/** Puts lines into HTTP/1.1 requests: whole ones, and open ones whose lines follow as chunks (RFC 9112, section 7.1). */
import type { Endpoint } from '../options.ts';

/** Builds requests in one reused block of memory; a result is valid until the next call. */
export class Framing {
  readonly #wholeHead: Buffer;
  readonly #openHead: Buffer;
  #scratch: Buffer = Buffer.allocUnsafeSlow(4096);

  constructor(endpoint: Endpoint, headers: Readonly<Record<string, string>>) {
    const host = endpoint.hostname.includes(':') ? `[${endpoint.hostname}]` : endpoint.hostname;
    const named = endpoint.port === 80 ? host : `${host}:${endpoint.port}`;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${endpoint.path} HTTP/1.1\r\nHost: ${named}\r\n${lines.join('')}`;
    this.#wholeHead = Buffer.from(`${head}Content-Length: `, 'latin1');
    this.#openHead = Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`, 'latin1');
  }

  /** A complete request with these lines; with none it changes nothing on the server. */
  whole(lines: Uint8Array): Buffer {
    const head = this.#wholeHead;
    const length = `${lines.length}\r\n\r\n`;
    const scratch = this.#room(head.length + length.length + lines.length);
    scratch.set(head, 0);
    scratch.write(length, head.length, 'latin1');
    scratch.set(lines, head.length + length.length);
    return scratch.subarray(0, head.length + length.length + lines.length);
  }

  /** The beginning of a request that stays open, with its first lines. */
  open(lines: Uint8Array): Buffer {
    const at = this.#openHead.length;
    const scratch = this.#room(at + lines.length + CHUNK_OVERHEAD);
    scratch.set(this.#openHead, 0);
    return scratch.subarray(0, writeChunk(scratch, at, lines));
  }

  /** More lines of an open request. */
  more(lines: Uint8Array): Buffer {
    const scratch = this.#room(lines.length + CHUNK_OVERHEAD);
    return scratch.subarray(0, writeChunk(scratch, 0, lines));
  }

  #room(bytes: number): Buffer {
    if (this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafeSlow(bytes * 2);
    return this.#scratch;
  }
}

/** What ends an open request. */
export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n');

/** Eight digits of size and two line ends. */
const CHUNK_OVERHEAD = 12;

function writeChunk(target: Buffer, at: number, lines: Uint8Array): number {
  const size = `${lines.length.toString(16)}\r\n`;
  target.write(size, at, 'latin1');
  target.set(lines, at + size.length);
  const end = at + size.length + lines.length;
  target[end] = 13;
  target[end + 1] = 10;
  return end + 2;
}
