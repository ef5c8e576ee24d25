/** The cache folder outside the tree, for what takes long to make: filled once, whole or not at all. */

import { rmSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { undoAtExit } from './cleanup.ts';
import { succeeds } from './succeeds.ts';

const HEARTBEAT_MS = 2_000;
const STALE_AFTER_MS = 30_000;
const KEPT_BESIDE = 6;
/** What was asked for so lately may be in use, by the tests of another checkout for instance. */
const IN_USE_MS = 60 * 60_000;

/** Where everything cached lives: `$XDG_CACHE_HOME/direct-logging`, else `~/.cache/direct-logging`. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'direct-logging');
}

/**
 * The folder `<cache>/<name>`, made by `build` in a temporary folder beside it when it is not there yet.
 *
 * It appears whole, by a rename, so a build that fails or is interrupted leaves nothing. Two processes that want the
 * same one at the same time build it once. `name` has a kind and a version, `victoria-logs/v1.52.1`; of one kind the
 * versions used last are kept, and all that were used within the hour.
 */
export async function cached(
  name: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (await touch(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const unlock = await lock(`${folder}.lock`, () => exists(folder));
  try {
    if (!(await exists(folder))) await buildAndPublish(folder, build);
  } finally {
    await unlock();
  }
  await removeOldest(dirname(folder));
  return folder;
}

async function buildAndPublish(
  folder: string,
  build: (folder: string) => Promise<void>,
): Promise<void> {
  await removeBrokenOff(folder);
  const temporary = await mkdtemp(`${folder}.building-`);
  const forget = undoAtExit(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    await build(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Somebody whose lock looked stale to us was faster: theirs is as good.
    if (!(await exists(folder))) throw error;
  } finally {
    forget();
  }
}

async function removeBrokenOff(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.building-`;
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(prefix)) await rm(join(dirname(folder), name), { recursive: true });
  }
}

async function removeOldest(kind: string): Promise<void> {
  const names = (await readdir(kind)).filter((name) => !/\.(lock|building-\w+)$/.test(name));
  const used = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(kind, name))).mtimeMs })),
  );
  used.sort((a, b) => b.at - a.at);
  for (const { name, at } of used.slice(KEPT_BESIDE)) {
    if (Date.now() - at < IN_USE_MS) continue;
    await rm(join(kind, name), { recursive: true, force: true });
  }
}

/** Takes the lock, or returns without it as soon as `done` says that it is no longer needed. */
async function lock(path: string, done: () => Promise<boolean>): Promise<() => Promise<void>> {
  while (!(await done())) {
    if (await createLock(path)) return hold(path);
    if (await isStale(path)) await rm(path, { force: true });
    else await sleep(200);
  }
  return async () => {};
}

async function createLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${hostname()} ${process.pid}`);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function hold(path: string): () => Promise<void> {
  const heartbeat = setInterval(() => {
    void touch(path);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  const forget = undoAtExit(() => rmSync(path, { force: true }));
  return async () => {
    clearInterval(heartbeat);
    await rm(path, { force: true });
    forget();
  };
}

/** A lock is stale when its process is gone, or, from another machine or container, when nobody has touched it. */
async function isStale(path: string): Promise<boolean> {
  try {
    const [host, pid] = (await readFile(path, 'utf8')).split(' ');
    if (host === hostname() && pid !== undefined && !isAlive(Number(pid))) return true;
    return Date.now() - (await stat(path)).mtimeMs > STALE_AFTER_MS;
  } catch {
    return false;
  }
}

/** Whether a process with this id is running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function exists(path: string): Promise<boolean> {
  return succeeds(stat(path));
}

/** Marks it as used now; false when it is not there. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return succeeds(utimes(path, now, now));
}
