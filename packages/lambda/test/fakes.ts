/** A transport, a clock and a runtime client that tests drive by hand. */
import type { FlushOptions, FlushResult, RecordContext, Transport } from '@direct-logging/core';
import { vi } from 'vitest';

/** A transport that counts flushes, which end when the test says so. */
export class ScriptedTransport {
  flushes = 0;
  /** The bound of the last one. */
  atMostMs: number | undefined;
  /** The last one that was set. */
  deadline: number | undefined;
  provider: () => RecordContext | undefined = () => undefined;
  answerFlush: (complete?: boolean) => void = () => {};

  readonly transport = {
    write: () => {},
    setDeadline: (deadline: number | undefined) => {
      this.deadline = deadline;
    },
    flush: (options?: FlushOptions): Promise<FlushResult> => {
      this.flushes += 1;
      this.atMostMs = options?.atMostMs;
      return new Promise((resolve) => {
        this.answerFlush = (complete = true) => resolve({ complete, pending: complete ? 0 : 1 });
      });
    },
    setContextProvider: (provider: () => RecordContext | undefined) => {
      this.provider = provider;
    },
  } as unknown as Transport;
}

/** Time that stands still until `advance`. */
export class ManualClock {
  constructor() {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: 1000 });
  }

  get time(): number {
    return Date.now();
  }

  get timers(): number {
    return vi.getTimerCount();
  }

  advance(ms: number): void {
    vi.advanceTimersByTime(ms);
  }

  stop(): void {
    vi.useRealTimers();
  }
}

/** Lets everything run that is waiting for a promise. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Loads an addon through `process.dlopen` as the runtime client does; `exports` is what it exports. */
export function loadAddon<T>(file: string, exports: T): T {
  const module = { exports: {} as T, addonExports: exports };
  process.dlopen(module, file);
  return module.exports;
}

/** Answers `process.dlopen` until the returned function is called. */
export function fakeDlopen(): () => void {
  const { dlopen } = process;
  process.dlopen = (module: object) => {
    const { addonExports } = module as { addonExports: unknown };
    Object.assign(module, { exports: addonExports });
  };
  return () => {
    process.dlopen = dlopen;
  };
}

/** As the runtime client leaves the console, before it loads the function. */
export function patchConsole(): () => void {
  Object.assign(console, { fatal: () => {} });
  return () => Reflect.deleteProperty(console, 'fatal');
}
