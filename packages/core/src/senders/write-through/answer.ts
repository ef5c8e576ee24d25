/** Reads the HTTP/1.1 answers of one connection, whatever pieces they come in. Pure. */
import type { Answered } from '../outcome.ts';

export interface Answer extends Answered {
  /** Whether another request may follow on the same connection. */
  readonly reusable: boolean;
}

const HEAD_END = '\r\n\r\n';
/** Far more than any server or proxy sends. A longer head is an error. The rest of a longer body is not read. */
const MAX_BYTES = 64 * 1024;
const KEPT_TEXT_BYTES = 512;
/** A server sends one or two before its real answer. More than this many are an error. */
const MAX_INTERIM_ANSWERS = 16;

/** Collects the bytes of one answer at a time. */
export class AnswerReader {
  #pending = '';
  #interimAnswers = 0;
  #head: { status: number; headers: Map<string, string>; bodyBytes: number } | undefined;

  /**
   * Takes what was received, and returns the answer once it is complete.
   * @throws Error when the bytes are not an HTTP answer.
   */
  read(bytes: Uint8Array): Answer | undefined {
    let from = this.#pending.length - HEAD_END.length;
    this.#pending += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    while (this.#head === undefined) {
      const end = this.#pending.indexOf(HEAD_END, from);
      if (end < 0) {
        if (this.#pending.length > MAX_BYTES) throw new Error('endless head of an answer');
        return undefined;
      }
      const head = parseHead(this.#pending.slice(0, end));
      this.#pending = this.#pending.slice(end + HEAD_END.length);
      from = 0;
      // Interim answers (100, 103) are followed by the real one.
      if (head.status >= 200) this.#head = head;
      else if (++this.#interimAnswers > MAX_INTERIM_ANSWERS)
        throw new Error('endless interim answers');
    }
    const { status, headers, bodyBytes } = this.#head;
    if (this.#pending.length < Math.min(bodyBytes, MAX_BYTES)) return undefined;
    const most = Math.min(bodyBytes < 0 ? KEPT_TEXT_BYTES : bodyBytes, KEPT_TEXT_BYTES);
    const isChunked = /chunked/i.test(headers.get('transfer-encoding') ?? '');
    // Compressed text is not readable.
    const isPacked = headers.has('content-encoding');
    const body = isPacked
      ? ''
      : (isChunked ? firstChunk(this.#pending) : this.#pending).slice(0, most);
    const closing = /close/i.test(headers.get('connection') ?? '');
    // Only the beginning of the body is wanted. If its length is unknown, the rest is not read, so the connection is given up.
    const reusable = bodyBytes >= 0 && !closing && this.#pending.length === bodyBytes;
    this.#pending = '';
    this.#interimAnswers = 0;
    this.#head = undefined;
    return {
      status,
      retryAfter: headers.get('retry-after'),
      location: headers.get('location') && inUtf8(headers.get('location')),
      date: headers.get('date'),
      type: headers.get('content-type'),
      body: inUtf8(body),
      reusable,
    };
  }
}

/** Whoever looks for credentials in a text must find them. */
function inUtf8(text = ''): string {
  return Buffer.from(text, 'latin1').toString();
}

/** The text of the first chunk, which follows its size. */
function firstChunk(body: string): string {
  return body.split('\r\n')[1] ?? '';
}

function parseHead(text: string): {
  status: number;
  headers: Map<string, string>;
  bodyBytes: number;
} {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) throw new Error('the peer does not answer in HTTP/1.1');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const length = headers.get('content-length');
  const bodyBytes = status === 204 ? 0 : length === undefined ? -1 : Number(length);
  // HTTP/1.0 closes after each answer unless it says otherwise.
  if (first.startsWith('HTTP/1.0') && !headers.has('connection'))
    headers.set('connection', 'close');
  return { status, headers, bodyBytes };
}
