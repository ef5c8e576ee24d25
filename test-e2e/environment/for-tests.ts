/** What the tests of a file, or of a `describe`, share: it is made before the first of them, and removed after the last. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type ScratchOptions, type ScratchProject, scratchProject } from './scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from './victorialogs.ts';
import type { VictoriaLogsOptions } from './victorialogs-options.ts';

/** Made by this function, and stopped or removed by one of its own: it has its properties once the tests begin. */
export function forTests<Made extends object>(make: () => Promise<Made>): Made {
  const there = {} as Made;
  let made: (Made & { stop?(): unknown; remove?(): unknown }) | undefined;
  beforeAll(async () => {
    made = await make();
    Object.defineProperties(there, Object.getOwnPropertyDescriptors(made));
  });
  afterAll(async () => {
    await (made?.stop ?? made?.remove)?.call(made);
  });
  return there;
}

/** A server. Nothing is said of one that differs from those of others. */
export function testServer(options?: VictoriaLogsOptions): VictoriaLogs {
  return forTests(() => startVictoriaLogs(options && { say: () => {}, ...options }));
}

export function testProject(options?: ScratchOptions): ScratchProject {
  return forTests(() => scratchProject(options));
}

/** The path of an empty folder. */
export function testFolder(name: string): string {
  const folder = join(tmpdir(), `direct-logging-${name}-${randomUUID()}`);
  beforeAll(() => mkdir(folder, { mode: 0o700 }));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
