/** Reads the examples of the documentation: their files, the command that runs them, and what they are said to give. */
import { readdirSync, readFileSync } from 'node:fs';

/** One section of a page. */
export interface Example {
  readonly title: string;
  /** Its programs, by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** For a shell: the first that the page shows. */
  readonly command: string;
  /** All of them; in a recipe the last one runs what the others have prepared. */
  readonly commands: readonly string[];
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What is printed to stdout; undefined where the page does not say. */
  readonly printed: string | undefined;
  /** Fields of each record that arrives, in the order of writing. */
  readonly records: readonly Readonly<Record<string, string>>[];
  /** The texts of the blocks that it is made of. */
  readonly texts: readonly string[];
}

/** How a file is loaded. */
export type ModuleKind = 'ES modules' | 'CommonJS';

const BLOCK = /^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm;

/** The sections of these pages of `docs/` that have a program, in their order. What stands before the first is in all of them. */
export function readExamples(...pages: readonly string[]): Example[] {
  return pages.flatMap((page) => {
    const [head = '', ...sections] = pageOf(page).split(/^## /m);
    const common = filesOf(blocksOf(head));
    return sections.flatMap((section) => readSection(section, common));
  });
}

/** A program that a page shows by itself, without saying what arrives. */
export interface LoneProgram {
  readonly page: string;
  readonly text: string;
}

/** Those of the packages' own pages. */
export function readLonePrograms(): LoneProgram[] {
  const root = new URL('../../packages/', import.meta.url);
  return readdirSync(root).flatMap((name) => {
    const page = readFileSync(new URL(`${name}/README.md`, root), 'utf8');
    return [...page.matchAll(BLOCK)]
      .filter(([, language, , text]) => language === 'js' && /^import /m.test(text ?? ''))
      .map(([, , , text]) => ({ page: `packages/${name}/README.md`, text: text as string }));
  });
}

/** Every call of the command that can be made as it stands, from the pages for people who look something up. */
export function readCalls(): string[] {
  const pages = ['getting-started.md', 'troubleshooting.md', 'command.md'];
  const lines = pages.flatMap((page) =>
    [
      ...pageOf(page).matchAll(/^npx (direct-logging [^[\n]+)$|`npx (direct-logging [^`[]+)`/gm),
    ].map(([, line, inline]) => (line ?? inline) as string),
  );
  return [...new Set(lines)].filter((line) => !/ run | drain/.test(line)).sort();
}

/** The same example, with the address of a running server in it, and with the folder of its packages if it names one. */
export function at(example: Example, url: string, folder = ''): Example {
  return replaced(example, (text) =>
    text
      .replaceAll(/http:\/\/(?:victorialogs|archive):9428/g, url)
      .replaceAll('/app/node_modules', `${folder}/node_modules`),
  );
}

/** The same example in CommonJS: `require` in the place of `import`. */
export function inCommonJs(example: Example): Example {
  return replaced(example, (text) =>
    text
      .replace(/^import (.+) from (.+);$/gm, 'const $1 = require($2);')
      .replace(/(\w)\.mjs\b/g, '$1.cjs'),
  );
}

function pageOf(page: string): string {
  return readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
}

/** The command with `exec` before its last line, where that is one program, so that a signal to the shell reaches it. */
export function withExec(command: string): string {
  return command.replace(/^((?:\w+=(?:"[^"]*"|\S+) )*)([\w-]+ [^|&;\n]+)$(?![\s\S])/m, '$1exec $2');
}

interface Block {
  readonly language: string;
  /** Of the file that it is; empty where it is none. */
  readonly name: string;
  readonly text: string;
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(BLOCK)].map(([, language = '', name = '', block = '']) => ({
    ...{ language, name },
    text: block,
  }));
}

function filesOf(blocks: readonly Block[]): Record<string, string> {
  const files = blocks.filter(({ name }) => name !== '');
  return Object.fromEntries(files.map(({ name, text }) => [name, text]));
}

function readSection(section: string, common: Readonly<Record<string, string>>): Example[] {
  const title = section.slice(0, section.indexOf('\n'));
  const blocks = blocksOf(section);
  const all = (language: string) =>
    blocks.filter((block) => block.language === language && block.name === '');
  const only = (language: string) => all(language)[0]?.text;
  const own = filesOf(blocks);
  const files = { ...common, ...own };
  const [program] = Object.keys(files);
  const records = only('json');
  if (program === undefined || (Object.keys(own).length === 0 && records === undefined)) return [];
  const dockerfile = only('dockerfile');
  const commands = all('sh').map(({ text }) => text.trim());
  const isInDockerfile = commands.length === 0 && dockerfile !== undefined;
  const command =
    commands[0] ?? (dockerfile === undefined ? commandFor(program) : commandOf(dockerfile));
  if (records === undefined) throw new Error(`The example "${title}" does not say what arrives.`);
  return [
    {
      title,
      files,
      command,
      commands,
      env: dockerfile === undefined ? {} : environmentOf(dockerfile),
      printed: only('text'),
      records: records
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      texts: [
        ...Object.values(files),
        ...all('sh').map(({ text }) => text),
        ...[records, only('text'), isInDockerfile ? dockerfile : undefined].filter(
          (text) => text !== undefined,
        ),
      ],
    },
  ];
}

/** For a section that does not say how its program is run. */
function commandFor(program: string): string {
  return `VICTORIALOGS_URL=http://victorialogs:9428 node ${program}`;
}

function commandOf(dockerfile: string): string {
  const command = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  return command.join(' ');
}

function environmentOf(dockerfile: string): Record<string, string> {
  const assignments = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) => [
    ...(line as string).matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g),
  ]);
  return Object.fromEntries(
    assignments.map(([, name, quoted, bare]) => [name, quoted ?? bare ?? '']),
  );
}

function replaced(example: Example, replace: (text: string) => string): Example {
  const both = ([key, text]: [string, string]) => [replace(key), replace(text)];
  return {
    ...example,
    files: Object.fromEntries(Object.entries(example.files).map(both)),
    command: replace(example.command),
    commands: example.commands.map(replace),
    env: Object.fromEntries(Object.entries(example.env).map(both)),
  };
}
