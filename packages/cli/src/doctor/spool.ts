/** Whether the spool directory can hold as much as the settings allow. */
import { accessSync, constants, existsSync, readdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePrivateFolder, type UnderstoodSettings } from '@direct-logging/core';
import { type Check, checked } from './check.ts';

const MIB = 2 ** 20;

export function checkSpool({ spoolDir, spoolMaxBytes }: UnderstoodSettings): Check[] {
  if (spoolDir === '') return [];
  const name = 'spool';
  try {
    const existing = nearestExisting(spoolDir);
    accessSync(existing, constants.R_OK | constants.W_OK | constants.X_OK);
    // A program with the preload makes the directory itself when it starts.
    if (existing !== spoolDir) return [checked('note', name, `${spoolDir} does not exist yet`)];
    makePrivateFolder(spoolDir);
    const { bavail, bsize } = statfsSync(spoolDir);
    const freeMiB = Math.floor((bavail * bsize) / MIB);
    const mostMiB = Math.ceil(spoolMaxBytes / MIB);
    const files = readdirSync(spoolDir).length;
    const finding = `${spoolDir}: ${files} files, ${freeMiB} MiB free, it may take ${mostMiB} MiB`;
    if (freeMiB >= mostMiB) return [checked('ok', name, finding)];
    const next = 'make room there, or lower VICTORIALOGS_SPOOL_MAX_BYTES';
    return [checked('warn', name, finding, next)];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const next = `let the user of the program, and nobody else, write to ${spoolDir}, or name another directory`;
    // Without it, records arrive as long as the server is there.
    return [checked('warn', name, `${spoolDir} cannot be used: ${code ?? message}`, next)];
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}
