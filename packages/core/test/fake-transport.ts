/** A transport that keeps what it is given. */
import type { FlushOptions, LogInput, Transport } from '@direct-logging/core';

export interface FakeTransport extends Transport {
  readonly inputs: LogInput[];
  readonly calls: string[];
  /** What each `flushSync` was bounded by. */
  readonly bounds: (number | undefined)[];
  /** What a flush answers: records still held. */
  pending: number;
}

export function fakeTransport(): FakeTransport {
  const inputs: LogInput[] = [];
  const calls: string[] = [];
  const bounds: (number | undefined)[] = [];
  const fake = {
    active: true,
    loggers: 'all' as const,
    destination: '',
    inputs,
    calls,
    bounds,
    pending: 0,
    get stats(): never {
      throw new Error('nobody asks for it');
    },
    write(input: LogInput) {
      inputs.push(input);
    },
    flush: () => end('flush'),
    close: () => end('close'),
    flushSync({ atMostMs }: FlushOptions = {}) {
      bounds.push(atMostMs);
      return result('flushSync');
    },
    ready: async () => {},
    setContextProvider: () => {},
    setDeadline: () => {},
    setFilter: () => {},
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
  const key = Symbol.for('@direct-logging/1/transport');
  Object.defineProperty(globalThis, key, { value: transport, configurable: true });
  return () => void Reflect.deleteProperty(globalThis, key);
}
