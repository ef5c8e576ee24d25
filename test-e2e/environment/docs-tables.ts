/** Puts what was measured into the documentation. */
import { readFile, writeFile } from 'node:fs/promises';

/**
 * Replaces what stands between `<!-- <what>: begin… -->` and `<!-- <what>: end -->` on a page of `docs/`.
 * @throws Error when the page has no such markers.
 */
export async function writeIntoDocs(page: string, what: string, text: string): Promise<void> {
  const path = new URL(`../../docs/${page}`, import.meta.url);
  const before = await readFile(path, 'utf8');
  const marked = new RegExp(`(<!-- ${what}: begin[^>]*-->\n)[^]*?(<!-- ${what}: end -->)`);
  if (!marked.test(before)) throw new Error(`docs/${page} has no markers for "${what}".`);
  await writeFile(
    path,
    before.replace(marked, (_, begin, end) => `${begin}${text}\n${end}`),
  );
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** A number as people write it. */
export function count(number: unknown): string {
  return Number(number).toLocaleString('en-US');
}
