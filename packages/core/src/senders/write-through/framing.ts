/** The bytes around lines that turn them into requests: HTTP/1.1 with chunks (RFC 9112, section 7.1). */
import type { BlockRange } from '../block.ts';
import type { Endpoint } from '../endpoint.ts';

/** The end of a request. */
export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n', 'latin1');

const FIRST_ROOM_BYTES = 4 * 1024;

/** Builds the beginnings of requests in one block of memory. Its first bytes are always the head. */
export class Framing {
  /** Holds what was built last. */
  buffer: Buffer;
  /** A complete request without lines: it changes nothing on the server. */
  readonly empty: Buffer;
  readonly #head: Buffer;

  constructor(endpoint: Endpoint, headers: Readonly<Record<string, string>>) {
    const host = endpoint.hostname.includes(':') ? `[${endpoint.hostname}]` : endpoint.hostname;
    const isUsual = endpoint.port === (endpoint.protocol === 'https:' ? 443 : 80);
    const named = isUsual ? host : `${host}:${endpoint.port}`;
    const lines = [
      `POST ${endpoint.path} HTTP/1.1`,
      `Host: ${named}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      'Transfer-Encoding: chunked',
    ];
    this.#head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    this.empty = Buffer.concat([this.#head, LAST_CHUNK]);
    this.buffer = this.#withRoom(FIRST_ROOM_BYTES);
  }

  /** Puts the first lines after the head in `buffer`, then the end if the request is whole. Returns the number of bytes. */
  begin({ block, from, to }: BlockRange, isWhole: boolean): number {
    const start = block.startOf(from);
    const end = block.endOf(to - 1);
    const bytes = this.#head.length + end - start + LAST_CHUNK.length;
    if (bytes > this.buffer.length) this.buffer = this.#withRoom(end - start);
    const at = this.#head.length + block.buffer.copy(this.buffer, this.#head.length, start, end);
    return isWhole ? at + LAST_CHUNK.copy(this.buffer, at) : at;
  }

  /** The kernel has not yet taken all of the buffer, so the next request is built in a new one. */
  leaveBuffer(): void {
    this.buffer = this.#withRoom(FIRST_ROOM_BYTES);
  }

  #withRoom(bytes: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(this.#head.length + bytes + LAST_CHUNK.length);
    this.#head.copy(buffer);
    return buffer;
  }
}
