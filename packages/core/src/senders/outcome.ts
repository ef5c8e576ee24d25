/** What became of one request, and how long to wait before the next. Pure. */

/** The outcome of one request. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** The same records can be sent again later. */
  | {
      readonly kind: 'retryable';
      readonly reason: string;
      readonly retryAfterMs?: number | undefined;
      /**
       * True when the server may be gone: it could not be reached, the connection broke, or a proxy in front of it
       * answered in its place (502, 503, 504).
       */
      readonly contactLost?: boolean;
    }
  /** The server does not take these records together (400, 413): halves of them may pass, a single one is given up. */
  | {
      readonly kind: 'unacceptable';
      readonly reason: string;
      readonly drop: 'too_large' | 'rejected';
    }
  /** The server takes nothing at all from us as things stand: credentials, path, method. */
  | { readonly kind: 'refused'; readonly reason: string };

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;
/** A server that refuses on principle (credentials, path) is asked again, but seldom. */
const FIRST_REFUSED_WAIT_MS = 1_000;
const LONGEST_REFUSED_WAIT_MS = 60_000;
/** A longer Retry-After is cut to this: nobody's logs should wait for hours for a mistyped header. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Judges an answer. `text` is the beginning of the body, for people. */
export function outcomeOfAnswer(
  status: number,
  retryAfter: string | undefined,
  text: string,
  now: number,
): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const reason = `status ${status}${text === '' ? '' : `: ${text.trim().slice(0, 200)}`}`;
  if (status === 413) return { kind: 'unacceptable', reason, drop: 'too_large' };
  if (status === 400) return { kind: 'unacceptable', reason, drop: 'rejected' };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return {
      kind: 'retryable',
      reason,
      retryAfterMs: parseRetryAfter(retryAfter, now),
      contactLost: status >= 502 && status <= 504,
    };
  }
  return { kind: 'refused', reason };
}

/** Seconds or an HTTP date, see RFC 9110 section 10.2.3. */
function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

/**
 * Wait before the next attempt: doubled with each failure in a row, of which a random part is taken off so that many
 * processes do not come back at the same moment.
 */
export function waitBeforeRetry(
  failuresInARow: number,
  outcome: Exclude<Outcome, { kind: 'delivered' }>,
  random: number,
): number {
  if (outcome.kind === 'retryable' && outcome.retryAfterMs !== undefined)
    return outcome.retryAfterMs;
  const [first, longest] =
    outcome.kind === 'retryable'
      ? [FIRST_WAIT_MS, LONGEST_WAIT_MS]
      : [FIRST_REFUSED_WAIT_MS, LONGEST_REFUSED_WAIT_MS];
  const wait = Math.min(first * 2 ** Math.min(failuresInARow - 1, 20), longest);
  return Math.round(wait * (1 - random / 2));
}
