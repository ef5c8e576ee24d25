/** Finds where HTTP/1.1 requests begin and end in the bytes of a connection. Pure. */

/** A piece of what came, all of one request. */
export interface RequestPart {
  readonly bytes: Buffer;
  readonly begins: boolean;
  readonly ends: boolean;
}

type Place = 'head' | 'counted' | 'size' | 'data' | 'last';

/** Reads one connection. */
export class RequestReader {
  #place: Place = 'head';
  /** Text of the head or of a size line as far as it has come. */
  #text = '';
  #left = 0;
  #begun = false;

  /** Whether a request has begun and not ended. */
  get isWithin(): boolean {
    return this.#begun;
  }

  read(bytes: Buffer): RequestPart[] {
    const parts: RequestPart[] = [];
    let start = 0;
    let begins = !this.#begun;
    for (let at = 0; at < bytes.length; ) {
      this.#begun = true;
      const skipped = this.#skip(bytes.length - at);
      at += skipped;
      const ended = skipped > 0 ? this.#afterSkip() : this.#afterByte(bytes[at++] as number);
      if (!ended) continue;
      parts.push({ bytes: bytes.subarray(start, at), begins, ends: true });
      start = at;
      begins = true;
      this.#begun = false;
    }
    if (start < bytes.length) parts.push({ bytes: bytes.subarray(start), begins, ends: false });
    return parts;
  }

  /** Bytes whose values do not matter. */
  #skip(available: number): number {
    if (this.#place !== 'counted' && this.#place !== 'data') return 0;
    const skipped = Math.min(available, this.#left);
    this.#left -= skipped;
    return skipped;
  }

  #afterSkip(): boolean {
    if (this.#left > 0) return false;
    const ended = this.#place === 'counted';
    this.#place = ended ? 'head' : 'size';
    return ended;
  }

  /** True when the request ends with this byte. */
  #afterByte(byte: number): boolean {
    this.#text += String.fromCharCode(byte);
    if (!this.#text.endsWith(this.#place === 'head' ? '\r\n\r\n' : '\r\n')) return false;
    const text = this.#text;
    this.#text = '';
    if (this.#place === 'head') return this.#afterHead(text);
    if (this.#place === 'last') {
      this.#place = 'head';
      return true;
    }
    const size = Number.parseInt(text, 16);
    this.#left = size + 2;
    this.#place = size === 0 ? 'last' : 'data';
    return false;
  }

  #afterHead(head: string): boolean {
    if (/^transfer-encoding: *chunked/im.test(head)) {
      this.#place = 'size';
      return false;
    }
    this.#left = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#left > 0) this.#place = 'counted';
    return this.#left === 0;
  }
}
