/** The handlers of the matrix: what each is written like, and under which clients it works. */

/** One of them. */
export interface Handler {
  /** `file.export`. */
  readonly handler: string;
  readonly title: string;
  /** The client that still knows callbacks, or those that start a process for one invocation at a time. */
  readonly only?: 'callbacks' | 'one at a time';
  /** The process ends instead of an answer: there is one invocation. */
  readonly ends?: true;
}

export const HANDLERS: readonly Handler[] = [
  { handler: 'handlers.resolves', title: 'async, ES module' },
  { handler: 'handlers-required.resolves', title: 'async, CommonJS' },
  { handler: 'handlers.promises', title: 'returns a promise' },
  { handler: 'handlers.nested.deep.handler', title: 'nested export' },
  { handler: 'handlers-required.callsBack', title: 'callback', only: 'callbacks' },
  { handler: 'handlers-required.failsBack', title: 'callback with an error', only: 'callbacks' },
  { handler: 'handlers.streams', title: 'streams its response' },
  { handler: 'handlers.breaksOff', title: 'throws while it streams' },
  { handler: 'handlers.throwsError', title: 'throws an error with a cause' },
  { handler: 'handlers.throwsText', title: 'throws a string' },
  { handler: 'handlers.throwsNull', title: 'throws null' },
  { handler: 'handlers.returnsBigInt', title: 'returns a BigInt' },
  { handler: 'handlers.returnsCycle', title: 'returns a cycle' },
  { handler: 'handlers.neverSettles', title: 'never settles', only: 'one at a time', ends: true },
];
