/** The outcome of one request, judged by its answer. Pure. */
import { attempt } from '../process/guard.ts';
import { withoutCredentials } from '../process/without-secrets.ts';

export type Outcome =
  | {
      readonly kind: 'delivered';
      /** How far our clock is ahead of the server's (negative: behind), if they differ by more than a day. */
      readonly clockAheadMs?: number;
      /** How long the answer took after the end of the request. Undefined when that says nothing about the server. */
      readonly tookMs?: number;
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
      /** True when no answer came, and no other connection shows that the server works: it gets less at once. */
      readonly isInDoubt?: boolean;
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
const MAX_SAID = 200;

export interface Answered {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The server's time. */
  readonly date: string | undefined;
  /** The beginning, for people to read. */
  readonly body: string;
}

/**
 * Judges an answer.
 * @param headers Those of the request. Nothing of a credential in them is shown.
 */
export function outcomeOfAnswer(
  { status, retryAfter, location, date, body }: Answered,
  headers: Readonly<Record<string, string>>,
  now: number,
): Outcome {
  if (status >= 200 && status < 300) return delivered(now - Date.parse(date ?? ''));
  const text = textOfAnswer(location, body);
  // What could show a credential is rather not shown.
  const shown = text && (attempt(() => withoutCredentials(text, headers)) ?? '');
  const said = shown.replace(CONTROL, ' ').trim().slice(0, MAX_SAID);
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

/** Where it redirects to, without credentials and parameters, or else its body. No redirect is followed. */
function textOfAnswer(location: string | undefined, body: string): string {
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
