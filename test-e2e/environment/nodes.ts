/** Node binaries of every supported major version: those of this machine, the others from the npm registry. */
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFullRun } from './extent.ts';
import { sayMissing } from './missing.ts';
import { pinnedPackages } from './pinned-packages.ts';
import { type Say, sayOnStderr } from './progress.ts';
import { tryCommand } from './run-command.ts';
import { succeeds } from './succeeds.ts';

/** The major versions that are supported. */
export const NODE_MAJORS = [20, 22, 24, 26] as const;

/** One of them. */
export type NodeMajor = (typeof NODE_MAJORS)[number];

const OLDEST_OF_20 = 19;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const found = new Map<NodeMajor, Promise<string>>();

/**
 * The majors a test covers: the one that runs us, or all of them in `npm run test:matrix`. In `npm test`, `preload/` starts on each,
 * and the sample of the matrix in `.ci/run` is on another.
 */
export function testedMajors(): readonly NodeMajor[] {
  return isFullRun() ? NODE_MAJORS : [24];
}

/** How a program names the preload. */
export const FLAGS = ['--import', '--require'] as const;

/**
 * The path of a Node of this major version: the one that runs this, the project's, one on PATH, or one that is
 * installed from npm into the cache folder on the first call. Throws where npm has none for this machine.
 */
export async function nodeBinary(
  major: NodeMajor,
  options: { readonly say?: Say } = {},
): Promise<string> {
  const known = found.get(major) ?? find(major, options.say ?? sayOnStderr);
  found.set(major, known);
  return known;
}

/** One of the Nodes that a test wants. */
export interface FoundNode {
  readonly major: NodeMajor;
  /** Its path; undefined where this machine cannot have it, which has been said. */
  readonly node: string | undefined;
}

/** Those Nodes of them that this machine can have; says why for the others. */
export async function findNodes(
  majors: readonly NodeMajor[],
  say: Say = sayOnStderr,
): Promise<FoundNode[]> {
  const findOne = async (major: NodeMajor): Promise<FoundNode> => {
    const node = await nodeBinary(major, { say }).catch((error: Error) => {
      const remedy = `Put a Node ${major} on PATH as \`node${major}\`, or see that npm reaches its registry.`;
      sayMissing(`Tests on Node ${major} are skipped: ${error.message}`, remedy, say);
      return undefined;
    });
    return { major, node };
  };
  return Promise.all(majors.map(findOne));
}

async function find(major: NodeMajor, say: Say): Promise<string> {
  const here = [process.execPath, join(ROOT, 'node_modules', npmName(), 'bin/node'), ...onPath()];
  for (const path of here) {
    if (await isOfMajor(path, major)) return path;
  }
  return installed(major, say);
}

async function installed(major: NodeMajor, say: Say): Promise<string> {
  const nodeModules = await pinnedPackages({
    name: 'nodes',
    what: 'the other Nodes, 550 MB,',
    say,
  });
  const path = join(nodeModules, npmName(major), 'bin/node');
  if (await isOfMajor(path, major)) return path;
  throw new Error(`There is no Node ${major} for ${process.platform} ${process.arch} on npm`);
}

function npmName(major: NodeMajor | '' = ''): string {
  return `node${major}-${process.platform}-${process.arch}`;
}

function onPath(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => [
    join(folder, 'node'),
    ...NODE_MAJORS.map((major) => join(folder, `node${major}`)),
  ]);
}

async function isOfMajor(path: string, major: NodeMajor): Promise<boolean> {
  if (!(await succeeds(access(path)))) return false;
  const { stdout } = await tryCommand(path, ['--version'], { timeoutMs: 60_000 });
  const [, ofMajor, minor] = /^v(\d+)\.(\d+)\./.exec(stdout) ?? [];
  return Number(ofMajor) === major && (major > 20 || Number(minor) >= OLDEST_OF_20);
}
