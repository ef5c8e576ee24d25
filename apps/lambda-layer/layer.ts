/** The Lambda layer: the preload and what it loads, as files that belong below `/opt`, and as a ZIP file of them. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { scratchProject } from '../../test-e2e/environment/scratch-project.ts';

/** Contents by path below `/opt`. */
export type LayerFiles = ReadonlyMap<string, Buffer>;

/** What the preload loads. It does not load winston's `winston-transport`, which our package uses for its class. */
const PACKAGES = /^(@direct-logging\/|undici\/|re2js\/(LICENSE|package\.json|build\/index\.cjs)$)/;
const FOR_READERS = /\.(md|map|d\.ts)$|\/(docs|types|scripts|command)\//;
/** The license is the same in all of our packages. */
const SAME_AS_IN_CORE = /^@direct-logging\/(?!core\/)[\w-]+\/LICENSE$/;

const WHERE = 'nodejs/node_modules';
const FILE_MODE = 0o100644;
const UNIX = 3;
/** On the earliest day that a ZIP file can hold. The same files always give the same bytes. */
const TIME = '1980-01-01T12:00:00';

/** Packs our built packages as for publishing, installs them, and takes what the layer needs. */
export async function packLayer(): Promise<LayerFiles> {
  const { nodeModules, remove } = await scratchProject();
  const files = new Map<string, Buffer>();
  for (const path of (await readdir(nodeModules, { recursive: true })).sort()) {
    if (!PACKAGES.test(path) || FOR_READERS.test(path) || SAME_AS_IN_CORE.test(path)) continue;
    const content = await readFile(join(nodeModules, path)).catch(ifFolder);
    if (content !== undefined) files.set(`${WHERE}/${path}`, content);
  }
  await remove();
  return files;
}

/** Writes the files into a folder that stands for `/opt`, and removes what was there. */
export async function layOut(files: LayerFiles, opt: string): Promise<void> {
  await rm(opt, { recursive: true, force: true });
  for (const [path, content] of files) {
    await mkdir(dirname(join(opt, path)), { recursive: true });
    await writeFile(join(opt, path), content);
  }
}

/** The ZIP file that `aws lambda publish-layer-version` takes. */
export function zipOf(files: LayerFiles): Uint8Array {
  const zippable: Zippable = {};
  for (const [path, content] of files) {
    zippable[path] = [content, { os: UNIX, attrs: FILE_MODE << 16, mtime: TIME, level: 9 }];
  }
  return zipSync(zippable);
}

function ifFolder(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EISDIR') throw error;
}
