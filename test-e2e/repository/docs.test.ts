/** The documentation names what exists, and all of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withoutDuplicatesQuery } from '../../packages/cli/src/audit-query.ts';
import { COMMANDS, type CommandName } from '../../packages/cli/src/commands.ts';
import { allSettings } from '../../packages/core/src/settings/table.ts';
import { VICTORIALOGS_IMAGE } from '../environment/victorialogs-version.ts';
import { settingsTable } from './settings-table.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IN_REPOSITORY =
  /^https:\/\/github\.com\/direct-logging\/direct-logging\/(?:blob|tree)\/main\/(.+)$/;
const OTHERS = ['node_modules', 'dist', 'coverage', '.git', '.turbo'];

/** What a lock file says about each package; of ours, where it is. */
type Locked = Readonly<Record<string, LockedPackage>>;

interface LockedPackage {
  readonly resolved?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
}

/** The paths of all files below a folder that belong to the project. */
function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return OTHERS.includes(entry.name) ? [] : filesIn(path);
  });
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What the pattern finds, or what its group finds; each once, in order. */
function allOf(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? match[0]))].sort();
}

const files = filesIn('');
const pages = files.filter((path) => path.endsWith('.md'));
const documentation = pages.map(read).join('\n');
const sources = files
  .filter((path) => /^packages\/[\w-]+\/src\/|^scripts\/bundle\.ts$/.test(path))
  .map(read)
  .join('\n');

/** The page without its programs and outputs. */
function prose(page: string): string {
  return read(page).replace(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** Where the headings of a page can be linked to, as GitHub names them. */
function anchors(page: string): string[] {
  return allOf(prose(page), /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('documentation', () => {
  it.each(pages)('%s links to what is there', (page) => {
    const dead = allOf(prose(page), /\]\(([^)\s]+)\)/g).filter((link) => {
      const inRepository = IN_REPOSITORY.exec(link)?.[1];
      if (/^https?:/.test(link) && inRepository === undefined) return false;
      const [path = '', anchor] = (inRepository ?? link).split('#');
      const from = inRepository === undefined ? dirname(page) : '';
      const target = path === '' ? page : join(from, path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchors(target).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  it.each(pages.filter((page) => /^packages\/[^/]+\/README\.md$/.test(page)))(
    '%s has links that lead somewhere from npm, too',
    (page) => {
      const links = allOf(prose(page), /\]\(([^)\s]+)\)/g);
      expect(links.filter((link) => !/^(https:|#)/.test(link))).toEqual([]);
    },
  );

  it.each(pages)('%s names files that are there', (page) => {
    const named = allOf(
      prose(page),
      /`((?:apps|bench|docs|packages|test-e2e)\/[\w./-]+|[\w-]+\.test\.ts)`/g,
    );
    const isThere = (path: string) =>
      path.includes('/')
        ? existsSync(join(ROOT, path)) || existsSync(join(ROOT, `${path}.ts`))
        : files.some((file) => basename(file) === path);
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  it('has every folder of the tests on the code map', () => {
    const row = /^\| `test-e2e\/` \|.*$/m.exec(read('ARCHITECTURE.md'))?.[0] ?? '';
    const folders = files.map((path) => /^test-e2e\/([\w-]+)\//.exec(path)?.[1] ?? 'fixtures');
    expect(allOf(row, /`([\w-]+)\/`/g).filter((name) => name !== 'test-e2e')).toEqual(
      [...new Set(folders)].sort(),
    );
  });

  it('names scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = allOf(documentation, /npm run ([\w:-]+)/g);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('has every dependency with its license, and no other', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Locked };
    const found = new Map<string, string>();
    const follow = (name: string, from: string): void => {
      const path = [`${from}/node_modules/${name}`, `node_modules/${name}`].find(
        (at) => packages[at],
      );
      const locked = packages[packages[path ?? '']?.resolved ?? path ?? ''];
      if (found.has(name)) return;
      found.set(name, locked?.license ?? '');
      expect(locked?.hasInstallScript).toBeUndefined();
      for (const dependency of Object.keys(locked?.dependencies ?? {})) {
        follow(dependency, path ?? '');
      }
    };
    follow('direct-logging', '');
    const others = [...found].filter(([name]) => !/^@?direct-logging\b/.test(name)).sort();
    const listed =
      /<!-- dependencies: begin -->(.*)<!--/s.exec(read('docs/security.md'))?.[1] ?? '';
    const rows = [...listed.matchAll(/^\| `(.+)` \| (.+) \|$/gm)].map(([, name, is]) => [name, is]);
    expect(rows).toEqual(others);
  });

  it.each(pages.filter((page) => page.endsWith('.ja.md')))(
    '%s has what the page in English has',
    (page) => {
      const sameIn = (path: string) => {
        const text = prose(path);
        return {
          code: [...read(path).matchAll(/^```[\s\S]*?^```$/gm)].map(([block]) => block),
          headings: text.match(/^#+ /gm),
          cells: text.match(/^\|.*/gm)?.map((row) => row.split('|').length),
          // Those of one digit are words in the one language or the other.
          numbers: text
            .replace(/\]\([^)]*\)/g, '')
            .match(/\d[\d.,]*\d/g)
            ?.sort(),
          // To other pages, in whichever language: headings of the page itself have other names.
          links: allOf(text.replaceAll('.ja.md', '.md'), /\]\(((?!#)[^)\s#]+)(?:#[^)\s]*)?\)/g),
          // Settings, codes and fields, in their order.
          rows: [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name),
          commands: allOf(text, /`(?:npm|npx) [^`]+`/g),
        };
      };
      expect(sameIn(page)).toEqual(sameIn(page.replace('.ja.md', '.md')));
    },
  );

  it('says in the README what the benchmarks have measured', () => {
    const page = read('docs/performance.md');
    const rows = (from: string) =>
      [...(page.split(from)[1]?.split('<!--')[0] ?? '').matchAll(/^\| (.+) \|$/gm)].map(
        ([, row = '']) => row.split(' | ').map((cell) => cell.trim()),
      );
    const peers = rows('arrived of 100 lines').filter(([name = '']) =>
      /^(pino-|winston|@axiomhq|@logtail)/.test(name),
    );
    const killed = peers.map((cells) => Number(cells[5]));
    expect(killed.length).toBeGreaterThan(7);
    expect(read('README.md')).toContain(
      `${Math.min(...killed)} to ${Math.max(...killed)} of 100 lines`,
    );
    const added = rows('begin, written by npm run bench -- calls')
      .map(([, , , , , added = '']) => Number.parseFloat(added.replace('−', '-')))
      .filter((added) => !Number.isNaN(added));
    expect(added.length).toBeGreaterThan(5);
    expect(read('README.md')).toContain(
      `${Math.max(0, Math.round(Math.min(...added)))} to ${Math.round(Math.max(...added))} µs`,
    );
  });

  it('repeats the lines of the recipes as they are there', () => {
    const tested = [read('docs/recipes/containers.md'), read('docs/recipes/kubernetes.md')];
    const lambda = read('docs/lambda.md');
    const [, layer = ''] = /^NODE_OPTIONS=(--require .*)$/m.exec(lambda) ?? [];
    const tools = read('docs/recipes/lambda-tools.md');
    expect(allOf(tools, /--require \/opt[^'"\n]+/g)).toEqual([layer]);
    const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(read('docs/getting-started.md')) ?? [];
    expect(tested[1]).toContain(yaml);
    const [server = ''] = /^docker run --rm .*$/m.exec(read('docs/getting-started.md')) ?? [];
    expect(read('README.md')).toContain(server.replace('--rm', '--rm --detach'));
    const lines = allOf(documentation, /^(?:RUN npm install|ENV NODE_OPTIONS).*\/opt\/.*$/gm);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => ![...tested, lambda].join('\n').includes(line))).toEqual([]);
  });

  it('names the server that the tests run', () => {
    expect(allOf(documentation, /victoriametrics\/victoria-logs:\S+/g)).toEqual([
      VICTORIALOGS_IMAGE,
    ]);
  });

  it('names commands and options that are there', () => {
    const calls = documentation.matchAll(
      /direct-logging (doctor|tail|run|open|audit|drain)\b([^`\n]*)/g,
    );
    const unknown = [...calls].flatMap(([call, name, rest = '']) => {
      const known = Object.entries(COMMANDS[name as CommandName].options);
      const flags = known.flatMap(([long, { short }]) => [`--${long}`, `-${short}`]);
      // Behind `--` stand the arguments of another program.
      const given = rest.split(' -- ')[0]?.match(/(?<=\s)--?[a-z]+/g) ?? [];
      return given.filter((flag) => !flags.includes(flag)).map((flag) => `${call}: ${flag}`);
    });
    expect(unknown).toEqual([]);
  });

  it('has every variable, and no other', () => {
    const rows = allOf(read('docs/settings.md'), /^\| (.*?) \|/gm).join(' ');
    const variables = allSettings().flatMap(([, { variable, also }]) => [
      variable,
      also ?? variable,
    ]);
    expect(allOf(rows, /`(\w+)`/g)).toEqual([...new Set(variables)].sort());
    const quoted = allOf(sources, /'(VICTORIALOGS_[A-Z_]+|LOG_LEVEL)'/g);
    expect(variables).toEqual(expect.arrayContaining(quoted));
    expect(
      allOf(documentation, /DIRECT_LOGGING_[A-Z_]+/g).filter((name) => !name.endsWith('MATRIX')),
    ).toEqual(allOf(sources, /'(DIRECT_LOGGING_[A-Z_]+)'/g));
  });

  it('has the settings as the code has them', () => {
    // `node test-e2e/repository/settings-table.ts` writes them.
    expect(read('docs/settings.md')).toContain(`\n${settingsTable()}\n`);
  });

  it('has the query that leaves duplicates out', () => {
    const oneLine = read('docs/delivery.md').replace(/\s+\|/g, ' |');
    expect(oneLine).toContain(`${withoutDuplicatesQuery('FILTER')}\n`);
  });

  it('has every warning, and no other', () => {
    expect(allOf(read('docs/errors.md'), /^\| `(\w+)`/gm)).toEqual(allOf(sources, /\bDL_[A-Z_]+/g));
  });

  it('has every field that is ours', () => {
    const whole = allOf(sources, /["'](shipper\.\w+)["']/g);
    const begun = allOf(sources, /\[OWN_FIELDS\]: \{ (\w+):/g).map((name) => `shipper.${name}`);
    const written = [...new Set([...whole, ...begun])].sort();
    expect(allOf(read('docs/record.md'), /`(shipper\.\w+)`/g)).toEqual(written);
  });
});
