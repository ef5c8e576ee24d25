/** Reads every code block of every page of the project. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A code block of a page. */
export interface PageBlock {
  /** From the root of the repository. */
  readonly page: string;
  /** What stands behind the three marks: `sh`, or `js shop.mjs`; empty where nothing does. */
  readonly kind: string;
  /** Without its indentation, each line ended by a newline. */
  readonly text: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['', 'apps', 'bench', 'docs', 'packages', 'test-e2e', 'website'];
/** Their blocks are those of the pages in English: `docs.test.ts` compares them. */
const TRANSLATED = '.ja.md';

/** In the order of the pages. */
export function readBlocks(): PageBlock[] {
  return FOLDERS.flatMap(pagesIn)
    .filter((page) => !page.endsWith(TRANSLATED))
    .flatMap(blocksOf);
}

function pagesIn(folder: string): string[] {
  const isRoot = folder === '';
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return path.endsWith('.md') ? [path] : [];
    const isOurs = entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name);
    return isOurs && !isRoot ? pagesIn(path) : [];
  });
}

function blocksOf(page: string): PageBlock[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(.*)\n([\s\S]*?)^ *```$/gm)].map(
    ([, indentation = '', kind = '', block = '']) => ({
      ...{ page, kind },
      text: block.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
    }),
  );
}
