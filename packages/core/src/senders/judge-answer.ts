/** The outcome of one request, judged by its answer. Pure. */
import { outcomeOfFailure } from './failed-answer.ts';
import type { Answered, Outcome } from './outcome.ts';

/** A clock that differs by more is reported: the server drops lines that are days off, and still acknowledges them. */
const FAR_AHEAD_MS = 24 * 3_600_000;

/**
 * Judges an answer.
 * @param headers Those of the request. Nothing of a credential in them is shown.
 */
export function outcomeOfAnswer(
  answer: Answered,
  headers: Readonly<Record<string, string>>,
  now: number,
): Outcome {
  const { status, date, type } = answer;
  if (status < 200 || status >= 300 || type?.startsWith('text/html'))
    return outcomeOfFailure(answer, headers, now);
  const clockAheadMs = now - Date.parse(date ?? '');
  const isFar = Math.abs(clockAheadMs) > FAR_AHEAD_MS;
  return isFar ? { kind: 'delivered', clockAheadMs } : { kind: 'delivered' };
}
