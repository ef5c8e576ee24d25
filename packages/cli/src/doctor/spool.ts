/** Whether the spool directory can hold as much as the settings allow. */
import { accessSync, constants, readdirSync, statfsSync } from 'node:fs';
import { makePrivateFolder, type UnderstoodSettings } from '@direct-logging/core';
import type { Check } from './check.ts';

const MIB = 2 ** 20;

/** No check without a spool. */
export function checkSpool({ spoolDir, spoolMaxBytes }: UnderstoodSettings): Check[] {
  if (spoolDir === '') return [];
  const name = 'spool';
  try {
    accessSync(spoolDir, constants.R_OK | constants.W_OK | constants.X_OK);
    makePrivateFolder(spoolDir);
    const { bavail, bsize } = statfsSync(spoolDir);
    const freeMiB = Math.floor((bavail * bsize) / MIB);
    const mostMiB = Math.ceil(spoolMaxBytes / MIB);
    const files = readdirSync(spoolDir).length;
    const finding = `${spoolDir}: ${files} files, ${freeMiB} MiB free, it may take ${mostMiB} MiB`;
    const isTight = freeMiB < mostMiB;
    const next = 'make room there, or lower VICTORIALOGS_SPOOL_MAX_BYTES';
    return [{ name, verdict: isTight ? 'warn' : 'ok', finding, next: isTight ? next : undefined }];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A program with the preload makes the directory itself when it starts.
    if (code === 'ENOENT')
      return [{ name, verdict: 'note', finding: `${spoolDir} is not there yet` }];
    const next = `let the user of the program, and nobody else, write to ${spoolDir}`;
    return [
      { name, verdict: 'fail', finding: `${spoolDir} cannot be used: ${code ?? message}`, next },
    ];
  }
}
