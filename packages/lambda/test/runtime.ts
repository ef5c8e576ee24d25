/** A Lambda runtime that tests drive by hand: its environment, its addon, and the integration that is connected to it. */
import { type IntegrationHost, PrintTracker } from '@direct-logging/core';
import { afterEach, beforeEach } from 'vitest';
import { connectRuntime } from '../src/integration.ts';
import { fakeDlopen, ManualClock, patchConsole, ScriptedTransport } from './fakes.ts';

export const ADDON = '/var/runtime/rapid-client.node';
export const RUNTIME: Readonly<Record<string, string>> = {
  AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
  AWS_LAMBDA_FUNCTION_VERSION: '7',
};
export const MANAGED: Readonly<Record<string, string>> = {
  ...RUNTIME,
  AWS_LAMBDA_MAX_CONCURRENCY: '4',
};
export const COLD = { cold_start: true, function_version: '7' };
export const WARM = { cold_start: false, function_version: '7' };

class Runtime {
  readonly scripted = new ScriptedTransport();
  readonly clock = new ManualClock();
  readonly printing = new PrintTracker();
  readonly restoreConsole = patchConsole();
  readonly #restoreDlopen = fakeDlopen();
  undo: () => void = () => {};

  connect(env: NodeJS.ProcessEnv, isMainThread = true): void {
    const host: IntegrationHost = {
      transport: this.scripted.transport,
      env,
      isMainThread,
      role: 'full',
      printing: this.printing,
    };
    this.undo = connectRuntime(host);
  }

  /** As the addon gives it: the deadline is a number. */
  invocation(requestId: string, timeoutMs: number, more: Record<string, unknown> = {}) {
    const headers = {
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': this.clock.time + timeoutMs,
      ...more,
    };
    return { headers, bodyJson: '{}' };
  }

  stop(): void {
    this.undo();
    this.#restoreDlopen();
    this.restoreConsole();
    this.clock.stop();
  }
}

/** That of the test that runs, in a file that calls `useRuntime`. */
export let runtime: Runtime;

/** Gives each test of the file a runtime. */
export function useRuntime(): void {
  beforeEach(() => {
    runtime = new Runtime();
  });
  afterEach(() => runtime.stop());
}

/** An addon whose `next` gives the invocations one after the other. */
export function addonWith(invocations: (() => unknown)[]) {
  const calls: { self: unknown; args: unknown[] }[] = [];
  const addon = {
    async next(...args: unknown[]) {
      calls.push({ self: this, args });
      return invocations[calls.length - 1]?.();
    },
    done: () => {},
  };
  return { addon, calls };
}
