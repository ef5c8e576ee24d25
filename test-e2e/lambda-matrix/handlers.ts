/** The handlers of the matrix: what each is written like, and which clients it needs. */

/** One of them. */
export interface Handler {
  /** `file.export`. */
  readonly handler: string;
  readonly title: string;
  /** It needs a client that still knows callbacks; the others refuse to load it. */
  readonly callsBack?: true;
  /** There is no answer: the process ends instead, unless it works on several invocations. */
  readonly neverAnswers?: true;
}

export const HANDLERS: readonly Handler[] = [
  { handler: 'handlers.resolves', title: 'async, ES module' },
  { handler: 'handlers-required.resolves', title: 'async, CommonJS' },
  { handler: 'handlers.promises', title: 'returns a promise' },
  { handler: 'handlers.nested.deep.handler', title: 'nested export' },
  { handler: 'handlers-required.callsBack', title: 'callback', callsBack: true },
  { handler: 'handlers-required.failsBack', title: 'callback with an error', callsBack: true },
  { handler: 'handlers.streams', title: 'streams its response' },
  { handler: 'handlers.breaksOff', title: 'throws while it streams' },
  { handler: 'handlers.throwsError', title: 'throws an error with a cause' },
  { handler: 'handlers.throwsText', title: 'throws a string' },
  { handler: 'handlers.throwsNull', title: 'throws null' },
  { handler: 'handlers.returnsBigInt', title: 'returns a BigInt' },
  { handler: 'handlers.returnsCycle', title: 'returns a cycle' },
  { handler: 'handlers.neverSettles', title: 'never settles', neverAnswers: true },
];
