import { spawnSync } from 'node:child_process';
import { existsSync, fstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { inspect } from 'node:util';
import type { Integration, IntegrationHost, LogInput, Transport } from '@direct-logging/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HashKey } from '../src/child-output/half-sip-hash.ts';
import { keysOf } from '../src/child-output/lines.ts';
import { folderOf, STDIO_VARIABLE } from '../src/child-output/marker.ts';
import { NoteFolder } from '../src/child-output/notes.ts';
import { type Registration, register } from '../src/register.ts';

let registration: Registration | undefined;

afterEach(() => {
  registration?.unregister();
  vi.restoreAllMocks();
});

function transportInto(written: LogInput[]): Transport {
  const nothing = { complete: true, pending: 0 };
  let filter: ((input: LogInput) => boolean) | undefined;
  let shipped: ((input: LogInput) => void) | undefined;
  return {
    active: true,
    loggers: 'all',
    destination: '',
    write(input) {
      if (filter?.(input) === false) return;
      written.push(input);
      shipped?.(input);
    },
    flush: async () => nothing,
    flushSync: () => nothing,
    close: async () => nothing,
    ready: async () => {},
    setContextProvider: () => {},
    setDeadline: () => {},
    setFilter: (...given) => {
      [filter, shipped] = given;
    },
    stats: {
      written: 0,
      delivered: 0,
      queued: 0,
      unsent: 0,
      queuedBytes: 0,
      dropped: {},
      resent: 0,
      spooled: 0,
    },
  };
}

function recorder(name: string, log: string[], hosts: IntegrationHost[] = []): Integration {
  return {
    name,
    install(host) {
      hosts.push(host);
      log.push(`install ${name}`);
      return () => log.push(`undo ${name}`);
    },
  };
}

/** What is told about an environment in which nothing is installed. */
function detailsOf(env: NodeJS.ProcessEnv): string[] {
  const told: string[] = [];
  const raw = process as unknown as { _rawDebug(text: string): void };
  vi.spyOn(raw, '_rawDebug').mockImplementation((text) => void told.push(text));
  expect(register([], { env, transport: transportInto([]) })).toBeUndefined();
  return told;
}

describe('register', () => {
  it('does nothing without an address', () => {
    const log: string[] = [];
    const env = { NODE_OPTIONS: '--import @direct-logging/auto' };
    expect(register([recorder('a', log)], { env, transport: transportInto([]) })).toBeUndefined();
    expect(log).toEqual([]);
    expect(env).toEqual({ NODE_OPTIONS: '--import @direct-logging/auto' });
  });

  it('adds nothing to the globals that a program sees when it prints or copies them', () => {
    const before = inspect({ ...globalThis }, { depth: 0 });
    const env = { VICTORIALOGS_URL: 'http://127.0.0.1:1' };
    registration = register([], { env, transport: transportInto([]) });
    expect(registration?.role).toBe('full');
    expect(inspect({ ...globalThis }, { depth: 0 })).toBe(before);
  });

  it('installs in order, undoes in reverse order, and marks its output for children', () => {
    const log: string[] = [];
    const env: NodeJS.ProcessEnv = { VICTORIALOGS_URL: 'http://127.0.0.1:1' };
    registration = register([recorder('a', log), recorder('b', log)], {
      env,
      transport: transportInto([]),
    });
    expect(registration?.role).toBe('full');
    expect(env[STDIO_VARIABLE]).toMatch(
      new RegExp(`/direct-logging-${process.pid}-\\w+( \\S+){4}$`),
    );
    registration?.unregister();
    registration?.unregister();
    expect(env[STDIO_VARIABLE]).toBeUndefined();
    expect(log).toEqual(['install a', 'install b', 'undo b', 'undo a']);
  });

  it('installs once, however often it is loaded', () => {
    const log: string[] = [];
    const options = {
      env: { VICTORIALOGS_URL: 'http://127.0.0.1:1' },
      transport: transportInto([]),
    };
    registration = register([recorder('a', log)], options);
    expect(register([recorder('b', log)], options)).toBe(registration);
    expect(log).toEqual(['install a']);
  });

  it('installs nothing when the transport is inactive', () => {
    const log: string[] = [];
    const env: NodeJS.ProcessEnv = { VICTORIALOGS_URL: '' };
    const transport = { ...transportInto([]), active: false };
    expect(register([recorder('a', log)], { env, transport })).toBeUndefined();
    expect(log).toEqual([]);
    expect(env).toEqual({ VICTORIALOGS_URL: '' });
  });

  it.each(['1', 'true', '1\n'])('tells details with VICTORIALOGS_DEBUG=%j', (debug) => {
    const told = detailsOf({ VICTORIALOGS_DEBUG: debug });
    expect(told).toEqual(['direct-logging: VICTORIALOGS_URL is not set: nothing is shipped']);
  });

  it('ships nothing without an address from a main thread that seems to be a worker', () => {
    const told = detailsOf({ VICTORIALOGS_DEBUG: '1', DIRECT_LOGGING_THREAD: '1' });
    expect(told).toEqual(['direct-logging: VICTORIALOGS_URL is not set: nothing is shipped']);
  });

  it('tells who ships in place of the main thread of a managed instance', () => {
    const told = detailsOf({
      VICTORIALOGS_DEBUG: '1',
      VICTORIALOGS_URL: 'http://127.0.0.1:1',
      AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
      AWS_LAMBDA_MAX_CONCURRENCY: '4',
    });
    expect(told).toEqual([
      'direct-logging: nothing is shipped from this thread: each worker thread of this process ships what it writes',
    ]);
  });

  it('goes on when an integration fails, and names it in a warning', async () => {
    const log: string[] = [];
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const broken: Integration = {
      name: 'broken',
      install() {
        throw new Error('no such thing');
      },
    };
    registration = register([broken, recorder('b', log)], {
      env: { VICTORIALOGS_URL: 'http://127.0.0.1:1' },
      transport: transportInto([]),
    });
    expect(log).toEqual(['install b']);
    expect((await warned).message).toBe('broken: Error: no such thing');
  });

  it('notes what it prints for a parent that may print it again', () => {
    const hosts: IntegrationHost[] = [];
    const path = folderOf(process.pid, tmpdir());
    const parent = new NoteFolder(path, '');
    const env: NodeJS.ProcessEnv = {
      VICTORIALOGS_URL: 'http://127.0.0.1:1',
      [STDIO_VARIABLE]: `${path} 0:1 - 0:2 -`,
    };
    const options = { env, transport: transportInto([]) };
    const isRead = fstatSync(1).isFIFO() || fstatSync(1).isSocket();
    registration = register([recorder('a', [], hosts)], options);
    hosts[0]?.transport.write({ text: 'printed\ntwice', stream: 'stdout' });
    hosts[0]?.transport.write({ text: 'not printed' });
    const keys: number[] = [];
    parent.readNext('child', (key) => void keys.push(key));
    expect(keys).toEqual(isRead ? keysOf('printed\ntwice', parent.secret as HashKey) : []);
    registration?.unregister();
    parent.remove();
  });

  it('keeps the notes of children when the program emits `exit` itself', () => {
    const env: NodeJS.ProcessEnv = { VICTORIALOGS_URL: 'http://127.0.0.1:1' };
    registration = register([], { env, transport: transportInto([]) });
    spawnSync(process.execPath, ['--version']);
    const [path = ''] = env[STDIO_VARIABLE]?.split(' ') ?? [];
    expect(existsSync(path)).toBe(true);
    // Ours is the first one.
    process.listeners('exit')[0]?.(0);
    expect(existsSync(path)).toBe(true);
  });
});
