/** What the tests of a file, or of a `describe`, share: it is made before the first of them, and removed after the last. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type ScratchOptions, type ScratchProject, scratchProject } from './scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from './victorialogs.ts';
import type { VictoriaLogsOptions } from './victorialogs-options.ts';

/** Made by a function, stopped by its own: it has its properties once the tests begin. */
export function forTests<Made extends { stop(): Promise<unknown> }>(
  make: () => Promise<Made>,
): Made {
  return shared(make, (made) => made.stop());
}

/** A server. Nothing is said of one that differs from those of others. */
export function testServer(options?: VictoriaLogsOptions): VictoriaLogs {
  return forTests(() => startVictoriaLogs(options && { say: () => {}, ...options }));
}

export function testProject(options?: ScratchOptions): ScratchProject {
  return shared(
    () => scratchProject(options),
    (project) => project.remove(),
  );
}

/** The path of an empty folder. */
export function testFolder(name: string): string {
  const folder = join(tmpdir(), `direct-logging-${name}-${randomUUID()}`);
  beforeAll(() => mkdir(folder, { mode: 0o700 }));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function shared<Made extends object>(
  make: () => Promise<Made>,
  remove: (made: Made) => Promise<unknown>,
): Made {
  const there = {} as Made;
  let made: Made | undefined;
  beforeAll(async () => {
    made = await make();
    Object.defineProperties(there, Object.getOwnPropertyDescriptors(made));
  });
  afterAll(async () => made && remove(made));
  return there;
}
