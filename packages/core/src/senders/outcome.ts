/** What can become of one request. Pure. */
export type Outcome = Untaken & Judgement;

type Judgement =
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
  | { readonly kind: 'cancelled' }
  | Failure;

interface Untaken {
  /** How many lines at the end have not left. */
  readonly untaken?: number;
}

/** An outcome after which the same lines are sent again. */
export type Failure =
  | {
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
      /** How many bytes were in flight when no answer came for long. */
      readonly silentBytes?: number | undefined;
      /** True when the server, or a proxy in its place, is there but takes nothing for now: it answers 429 or 5xx, or a connection broke. */
      readonly isBusy?: boolean;
      /** Whether the server itself says that it has not taken the lines. Undefined if nobody has answered. */
      readonly isAnswer?: boolean;
    }
  /** The server takes nothing from us at all for now: bad credentials, path or method. */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly unreachable?: never;
      readonly isBusy?: never;
    };

/** An answer, as far as we read it. */
export interface Answered {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The type of its body. */
  readonly type: string | undefined;
  /** The server's time. */
  readonly date: string | undefined;
  /** The beginning, for people to read. */
  readonly body: string;
}

/** Whether the request holds more than a server or proxy takes at once. A proxy may have passed on the beginning. */
export function isTooLarge(outcome: Outcome): boolean {
  return outcome.kind === 'unacceptable' && outcome.drop === 'too_large';
}

/** Why a connection ended that had been accepted: something is there, even if that was in the middle of the handshake. */
export const CUT: RegExp = /^(ECONNRESET|EPIPE)$|the connection/;

/** How many of a request's first lines may be stored after this outcome. @param lines How many it had. */
export function mayBeStored(lines: number, outcome: Outcome): number {
  const { kind } = outcome;
  const isUnknown =
    kind === 'cancelled' ||
    (kind === 'retryable' && outcome.isAnswer !== true) ||
    isTooLarge(outcome);
  return isUnknown ? lines - (outcome.untaken ?? 0) : 0;
}
