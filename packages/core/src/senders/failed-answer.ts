/** The outcome of a request whose answer is not a success. Pure. @lazy secrets */
import { attempt } from '../process/guard.ts';
import { withoutCredentials } from '../process/without-secrets.ts';
import type { Answered, Outcome } from './outcome.ts';

/** A longer Retry-After is cut to this: logs should not wait for hours because of a mistyped header. */
const MAX_RETRY_AFTER_MS = 60_000;

/** A proxy did not get the body in time. It may have passed on the beginning. 499 is Caddy's. */
const TOO_SLOW: readonly number[] = [408, 499];

/**
 * How an answer of VictoriaLogs (after words of its own) or of vmauth begins if the request broke on its way: they have its beginning. If
 * they quote a line, they cannot parse it. Only the first of these words count: a hostile answer would be searched from each of many.
 */
const BROKEN =
  /^(cannot process jsonline request; error: remoteAddr="((?!cannot read ).)*)?cannot read (request body|the next line): .*(EOF|timeout|encoding)/;

/** The server's text is shown on one line. */
const CONTROL = /\p{Cc}+/gu;
const MAX_SAID = 200;

/** See `outcomeOfAnswer`. */
export function outcomeOfFailure(
  { status, retryAfter, location, body }: Answered,
  headers: Readonly<Record<string, string>>,
  now: number,
): Outcome {
  // VictoriaLogs, vmauth and vlagent answer with JSON or text.
  if (status >= 200 && status < 300)
    return {
      kind: 'refused',
      reason: `status ${status} with a web page: this is not VictoriaLogs`,
    };
  const text = textOfAnswer(location, body);
  // If credentials cannot be removed, nothing is shown.
  const shown = text && (attempt(() => withoutCredentials(text, headers)) ?? '');
  const said = shown.replace(CONTROL, ' ').trim().slice(0, MAX_SAID);
  const reason = `status ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 413) return { kind: 'unacceptable', reason, drop: 'too_large' };
  const isBroken = TOO_SLOW.includes(status) || (status === 400 && BROKEN.test(body));
  if (status === 400 && !isBroken) return { kind: 'unacceptable', reason, drop: 'rejected' };
  if (isBroken || status === 425 || status === 429 || status >= 500) {
    const contactLost = status >= 502 && status <= 504;
    const retryAfterMs = parseRetryAfter(retryAfter, now);
    const isAnswer = !contactLost && !isBroken;
    const isBusy = status === 429 || status >= 500;
    return { kind: 'retryable', reason, retryAfterMs, contactLost, isAnswer, isBusy };
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

/** Seconds or an HTTP date, see RFC 9110 section 10.2.3. */
function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
