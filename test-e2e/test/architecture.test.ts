import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCOPE = '@direct-logging/';

/** The arrows that ARCHITECTURE.md shows, by package. */
function allowedArrows(): Map<string, Set<string>> {
  const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const block = /```arrows\n(.*?)```/s.exec(page)?.[1] ?? '';
  const rows = block
    .trim()
    .split('\n')
    .map((row) => row.split(' → ') as [string, string]);
  return new Map(rows.map(([from, to]) => [from, new Set(to.split(', '))]));
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, 'packages', folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(ROOT, 'packages', folder, 'src', file));
}

/** What a file imports, types included. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const found = text.matchAll(
    /\b(?:from |import |(?:import|require|getBuiltinModule)\()'([^']+)'/g,
  );
  return [...found].map((match) => match[1] as string);
}

function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return specifier.startsWith(SCOPE)
    ? second
    : first.startsWith('@')
      ? `${first}/${second}`
      : first;
}

const packages = readdirSync(join(ROOT, 'packages'));
const arrows = allowedArrows();

describe('architecture', () => {
  it('shows every package', () => {
    expect([...arrows.keys()].sort()).toEqual([...packages].sort());
  });

  it.each(packages)('%s imports only what ARCHITECTURE.md shows', (folder) => {
    const outside = new Set<string>();
    for (const path of sourcesOf(folder)) {
      for (const specifier of importsOf(path)) {
        const builtin = specifier.startsWith('node:') || builtinModules.includes(specifier);
        if (!builtin && !specifier.startsWith('.')) outside.add(packageOf(specifier));
      }
    }
    const peer = folder.replace(/-transport$/, '');
    expect([...outside].filter((name) => !arrows.get(folder)?.has(name) && name !== peer)).toEqual(
      [],
    );
  });

  it('has no import in packages that would load node:http, undici or a worker at start', () => {
    const heavy =
      /^import (?!type)[^;]*from '(?:node:)?(?:http|https|http2|worker_threads|undici)[^']*'/m;
    const loaded = packages
      .flatMap(sourcesOf)
      .filter((path) => !path.includes('/command/') && heavy.test(readFileSync(path, 'utf8')));
    expect(loaded.map((path) => path.slice(ROOT.length))).toEqual([]);
  });
});
