/** A server that is far away, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { beside } from '../measure/told.ts';

/** A running server. */
export interface FarServer {
  readonly url: string;
  stop(): void;
}

/** Starts one on a free port. */
export async function startFarServer(): Promise<FarServer> {
  const child = spawn(process.execPath, [beside(import.meta, 'program.mjs')], {
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  });
  const [port] = (await once(child.stdio[3] as Readable, 'data')) as [Buffer];
  return { url: `http://127.0.0.1:${port}`, stop: () => child.stdin?.end() };
}
