/** An answer of which nothing is known but its status. */
import type { Answered } from '../../src/senders/outcome.ts';

export function bareAnswer(status: number): Answered {
  return {
    status,
    retryAfter: undefined,
    location: undefined,
    date: undefined,
    type: undefined,
    body: '',
  };
}
