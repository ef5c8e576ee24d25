/** Where short-lived files go. */
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { attempt } from './guard.ts';

/** Docker mounts it for each container, Kubernetes for each pod. It stays writable where the root file system is read-only. */
const SHARED_MEMORY = '/dev/shm';

/** The temporary folder, or one in memory if that is not writable. */
export function temporaryFolder(): string {
  const folder = tmpdir();
  // With the slash, a file is not taken for a folder.
  return attempt(() => accessSync(`${folder}/`, constants.W_OK) ?? folder) ?? SHARED_MEMORY;
}
