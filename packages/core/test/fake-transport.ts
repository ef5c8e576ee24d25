/** A transport that keeps what it is given. */
import type { LogInput, Transport } from '@direct-logging/core';

export interface FakeTransport extends Transport {
  readonly inputs: LogInput[];
  readonly calls: string[];
  /** What a flush answers: records still held. */
  pending: number;
}

export function fakeTransport(): FakeTransport {
  const inputs: LogInput[] = [];
  const calls: string[] = [];
  const fake = {
    active: true,
    loggers: 'all' as const,
    inputs,
    calls,
    pending: 0,
    get stats(): never {
      throw new Error('nobody asks for it');
    },
    write(input: LogInput) {
      inputs.push(input);
    },
    flush: () => end('flush'),
    close: () => end('close'),
    flushSync: () => result('flushSync'),
    ready: async () => {},
    setContextProvider: () => {},
  };
  async function end(call: string) {
    return result(call);
  }
  function result(call: string) {
    calls.push(call);
    return { complete: fake.pending === 0, pending: fake.pending };
  }
  return fake;
}

/** What `sharedTransport` returns from now on; call the result to take it back. */
export function share(transport: Transport): () => void {
  const key = Symbol.for('@direct-logging/transport');
  Object.defineProperty(globalThis, key, { value: transport, configurable: true });
  return () => void Reflect.deleteProperty(globalThis, key);
}
