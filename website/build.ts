/**
 * `npm run docs`: the website of `docs/` with the API reference, in `website/dist/site`. It fails on a link that leads nowhere
 * and on an export without a docstring.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedPackages } from '../test-e2e/environment/pinned-packages.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DOCS = join(ROOT, 'docs');
const OUTPUT = join(ROOT, 'website/dist');
const REPOSITORY = 'https://github.com/direct-logging/direct-logging/blob/main/';
/** Those with an API in code. */
const PACKAGES = [
  'core',
  'stdout-hook',
  'pino-transport',
  'winston-transport',
  'lambda',
  'register',
];

const packages = await pinnedPackages({ name: 'site', what: 'what makes the website' });
const pages = join(OUTPUT, 'pages');
await rm(OUTPUT, { recursive: true, force: true });
await mkdir(OUTPUT, { recursive: true });
await copyPages();
await describeApi();
await cp(join(ROOT, 'website/config.mts'), join(pages, '.vitepress/config.mts'));
await symlink(packages, join(pages, 'node_modules'));
await run('vitepress/bin/vitepress.js', ['build', pages, '--outDir', join(OUTPUT, 'site')]);

/** The index of a folder is `README.md` here and `index.md` there; files outside of `docs/` are on GitHub. */
async function copyPages(): Promise<void> {
  await cp(DOCS, pages, { recursive: true });
  for (const name of await readdir(pages, { recursive: true })) {
    if (!name.endsWith('.md')) continue;
    const path = join(pages, name);
    const text = await readFile(path, 'utf8');
    const linked = text.replace(/\]\(([^)\s:#]+)(#[^)\s]*)?\)/g, (_link, target, anchor = '') => {
      const led = resolve(pages, name, '..', target);
      const isPage = led.startsWith(`${pages}/`);
      const address = isPage ? target : REPOSITORY + relative(join(pages, '..'), led);
      return `](${address.replace(/README\.md$/, isPage ? 'index.md' : 'README.md')}${anchor})`;
    });
    await rm(path);
    await writeFile(path.replace(/README\.md$/, 'index.md'), linked);
  }
}

async function describeApi(): Promise<void> {
  const options = {
    entryPointStrategy: 'packages',
    entryPoints: PACKAGES.map((name) => join(ROOT, 'packages', name)),
    packageOptions: {
      entryPoints: ['src/index.ts'],
      readme: 'none',
      validation: { notDocumented: true },
      disableSources: true,
      // What a class inherits from Node or a logger is described there.
      excludeExternals: true,
      // `@lazy` is for our bundles.
      blockTags: ['@lazy', '@example', '@param', '@returns', '@throws'],
    },
    plugin: ['typedoc-plugin-markdown'],
    out: join(pages, 'api'),
    readme: 'none',
    name: 'API',
    entryFileName: 'index',
    treatWarningsAsErrors: true,
    githubPages: false,
  };
  const path = join(OUTPUT, 'typedoc.json');
  await writeFile(path, JSON.stringify(options));
  await run('typedoc/bin/typedoc', ['--options', path]);
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(packages, program), ...args], {
    cwd: OUTPUT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) process.exit(code ?? 1);
}
