/** A program that is ended from outside as soon as its last line is seen: its container, or where there is no engine, it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { runContainer } from '../environment/docker.ts';
import { buildNodeImage } from '../environment/images.ts';
import { runCommand } from '../environment/run-command.ts';
import { bareEnvironment } from '../environment/run-program.ts';
import { LINES } from './stored-lines.ts';

/** What runs. */
export interface Victim {
  readonly writer: string;
  readonly env: Readonly<Record<string, string>>;
}

const LAST_LINE = new RegExp(`line ${LINES}:`);
const FOLDER = '/program';

function argumentsFor(writer: string): string[] {
  return ['--import', 'direct-logging', 'program.cjs', writer, 'stay'];
}

/** Builds an image with Node and the folder. */
export async function buildProgramImage(image: string, folder: string): Promise<void> {
  await buildNodeImage({ image, files: { [FOLDER]: folder } });
}

/** `docker kill` or `docker rm --force` at the last line. */
export async function runContainerAndRemove(
  image: string,
  victim: Victim,
  how: 'kill' | 'rm --force',
): Promise<void> {
  const flags = [`--workdir=${FOLDER}`];
  const args = argumentsFor(victim.writer);
  const container = await runContainer({ image, args, env: victim.env, flags });
  const log = spawn('docker', ['logs', '--follow', container.id], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await untilLastLine(log.stdout);
    await runCommand('docker', [...how.split(' '), container.id]);
  } finally {
    log.kill();
    await container.remove();
  }
}

/** SIGKILL at the last line. */
export async function runProcessAndKill(
  node: string,
  folder: string,
  victim: Victim,
): Promise<void> {
  const child = spawn(node, argumentsFor(victim.writer), {
    cwd: folder,
    env: { ...bareEnvironment(), ...victim.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    await untilLastLine(child.stdout);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

async function untilLastLine(output: Readable): Promise<void> {
  let printed = '';
  for await (const text of output.setEncoding('utf8')) {
    printed = printed.slice(-100) + text;
    if (LAST_LINE.test(printed)) return;
  }
  throw new Error(`The program ended early: ${printed}`);
}
