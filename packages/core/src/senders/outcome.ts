/** The outcome of one request, judged by its answer. Pure. */

export type Outcome =
  | {
      readonly kind: 'delivered';
      /** How far our clock is ahead of the server's (negative: behind), if they differ by more than a day. */
      readonly clockAheadMs?: number;
    }
  /** The server refuses these lines (400, 413). Halves of them may pass. A single line is given up in the end. */
  | {
      readonly kind: 'unacceptable';
      readonly reason: string;
      readonly drop: 'too_large' | 'rejected';
    }
  /** We gave the request up. That says nothing about the server. */
  | (Untaken & { readonly kind: 'cancelled' })
  | Failure;

interface Untaken {
  /** How many lines at the end have not left. */
  readonly untaken?: number;
}

/** An outcome after which the same lines are sent again. */
export type Failure =
  | (Untaken & {
      readonly kind: 'retryable';
      readonly reason: string;
      /** How long the server asks to wait, in milliseconds. */
      readonly retryAfterMs?: number | undefined;
      /**
       * True when the server may be gone: it could not be reached, the connection broke, or a proxy answered in its place
       * (502, 503, 504).
       */
      readonly contactLost?: boolean;
      /** True when no connection could be made. */
      readonly unreachable?: boolean;
      /** True when the server itself says that it has not taken the lines. */
      readonly isAnswer?: boolean;
    })
  /** The server takes nothing from us at all for now: bad credentials, path or method. */
  | { readonly kind: 'refused'; readonly reason: string };

/** A longer Retry-After is cut to this: logs should not wait for hours because of a mistyped header. */
const MAX_RETRY_AFTER_MS = 60_000;

/** A clock that differs by more is reported: the server drops lines that are days off, but answers that all is well. */
const FAR_AHEAD_MS = 24 * 3_600_000;

/** The server's text is shown on one line. */
const CONTROL = /\p{Cc}+/gu;
/** Most characters of it that are shown. */
const MAX_SAID = 200;

/** Judges an answer. `text` is the beginning of the body, for people to read. `date` is the server's time. */
export function outcomeOfAnswer(
  status: number,
  retryAfter: string | undefined,
  text: string,
  now: number,
  date?: string,
): Outcome {
  if (status >= 200 && status < 300) return delivered(now - Date.parse(date ?? ''));
  const said = text.replace(CONTROL, ' ').trim().slice(0, MAX_SAID);
  const reason = `status ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 413) return { kind: 'unacceptable', reason, drop: 'too_large' };
  if (status === 400) return { kind: 'unacceptable', reason, drop: 'rejected' };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const contactLost = status >= 502 && status <= 504;
    const retryAfterMs = parseRetryAfter(retryAfter, now);
    return { kind: 'retryable', reason, retryAfterMs, contactLost, isAnswer: !contactLost };
  }
  return { kind: 'refused', reason };
}

/** What an answer says: where it redirects to, without credentials and parameters, or else its body. No redirect is followed. */
export function textOfAnswer(location: string | undefined, body: string): string {
  if (location === undefined) return body;
  // A pattern that looks for the end of the parameters would look from each mark again: seconds for a hostile header.
  const [place = ''] = location.split(/[?#\s]/, 1);
  return `redirected to ${place.replace(/\/\/[^/@]*@/, '//')}, which is not followed`;
}

function delivered(clockAheadMs: number): Outcome {
  const isFar = Math.abs(clockAheadMs) > FAR_AHEAD_MS;
  return isFar ? { kind: 'delivered', clockAheadMs } : { kind: 'delivered' };
}

/** How many of the first lines of a request with this outcome may be stored, if it had so many. */
export function mayBeStored(lines: number, outcome: Outcome): number {
  if (outcome.kind === 'cancelled') return lines - (outcome.untaken ?? 0);
  const isUnknown = outcome.kind === 'retryable' && outcome.isAnswer !== true;
  return isUnknown ? lines - (outcome.untaken ?? 0) : 0;
}

/** Seconds or an HTTP date, see RFC 9110 section 10.2.3. */
function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
