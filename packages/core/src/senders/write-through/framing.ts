/** Puts lines into HTTP/1.1 requests: whole ones, and open ones whose lines follow as chunks (RFC 9112, section 7.1). */

import type { Endpoint } from '../endpoint.ts';
import { type Span, sizeOf } from '../span.ts';

/** Builds requests in one reused block of memory; what it holds is valid until the next call. */
export class Framing {
  /** Holds the bytes that were built last. */
  buffer: Buffer = Buffer.allocUnsafeSlow(4096);
  readonly #wholeHead: Buffer;
  readonly #openHead: Buffer;

  constructor(endpoint: Endpoint, headers: Readonly<Record<string, string>>) {
    const host = endpoint.hostname.includes(':') ? `[${endpoint.hostname}]` : endpoint.hostname;
    const named = endpoint.port === 80 ? host : `${host}:${endpoint.port}`;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${endpoint.path} HTTP/1.1\r\nHost: ${named}\r\n${lines.join('')}`;
    this.#wholeHead = Buffer.from(`${head}Content-Length: `, 'latin1');
    this.#openHead = Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`, 'latin1');
  }

  /** A complete request with these lines, in so many bytes of `buffer`. */
  whole(span: Span): number {
    const bytes = sizeOf(span);
    const at = this.#putWholeHead(bytes);
    return this.#putLines(span, at);
  }

  /** A complete request without lines: it changes nothing on the server. */
  empty(): number {
    return this.#putWholeHead(0);
  }

  /** The beginning of a request that stays open, with its first lines. */
  open(span: Span): number {
    this.#makeRoom(this.#openHead.length + sizeOf(span) + CHUNK_OVERHEAD);
    this.#openHead.copy(this.buffer, 0);
    return this.#putChunk(span, this.#openHead.length);
  }

  /** More lines of an open request. */
  more(span: Span): number {
    this.#makeRoom(sizeOf(span) + CHUNK_OVERHEAD);
    return this.#putChunk(span, 0);
  }

  #putWholeHead(bytes: number): number {
    const length = `${bytes}\r\n\r\n`;
    this.#makeRoom(this.#wholeHead.length + length.length + bytes);
    this.#wholeHead.copy(this.buffer, 0);
    return this.#wholeHead.length + this.buffer.write(length, this.#wholeHead.length, 'latin1');
  }

  #putChunk(span: Span, start: number): number {
    const size = `${sizeOf(span).toString(16)}\r\n`;
    const at = this.#putLines(span, start + this.buffer.write(size, start, 'latin1'));
    this.buffer[at] = CR;
    this.buffer[at + 1] = LF;
    return at + 2;
  }

  #putLines({ slab, from, to }: Span, at: number): number {
    return at + slab.buffer.copy(this.buffer, at, slab.startOf(from), slab.ends[to - 1] as number);
  }

  #makeRoom(bytes: number): void {
    if (this.buffer.length < bytes) this.buffer = Buffer.allocUnsafeSlow(bytes * 2);
  }
}

/** What ends an open request. */
export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n');

/** Eight digits of size and two line ends. */
const CHUNK_OVERHEAD = 12;
const CR = 13;
const LF = 10;
