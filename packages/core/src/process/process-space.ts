/**
 * Which processes share their numbers with this one.
 *
 * @lazy shared
 */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where process numbers mean the same: a container can have numbers of its own, and a directory can be shared by machines. */
export function processSpace(): string {
  let namespace = '0';
  try {
    namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    // Only Linux has this file.
  }
  return `${hostname().replace(/[^\w-]/g, '_')}.${namespace}`;
}
