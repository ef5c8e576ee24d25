import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { callsInHooks, unguardedEntries } from './entries.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCOPE = '@direct-logging/';

/** The arrows that a block of ARCHITECTURE.md shows, by where they begin. */
function allowedArrows(block: 'arrows' | 'folders'): Map<string, Set<string>> {
  const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const text = new RegExp(`\`\`\`${block}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';
  const rows = text
    .trim()
    .split('\n')
    .map((row) => row.split('→').map((side) => side.trim()) as [string, string]);
  return new Map(rows.map(([from, to]) => [from, new Set(to.split(', '))]));
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, 'packages', folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(ROOT, 'packages', folder, 'src', file));
}

/** The files of a folder and of all below it. Installed packages and what is built do not count. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|dist)$/.test(entry.name) ? [] : filesBelow(path);
    return /\.(ts|mts|mjs)$/.test(path) ? [path] : [];
  });
}

/** Each circle of imports, types included, as the files that it leads through. */
function circlesIn(files: readonly string[]): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const known = new Set(files);
  const follow = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' → '));
    if (done.has(path) || way.includes(path)) return;
    for (const specifier of importsOf(path).filter((one) => one.startsWith('.'))) {
      const target = join(dirname(path), specifier);
      if (known.has(target)) follow(target, [...way, path]);
    }
    done.add(path);
  };
  for (const path of files) follow(path, []);
  return found.map((circle) => circle.replaceAll(ROOT, ''));
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
const arrows = allowedArrows('arrows');
const folders = allowedArrows('folders');
const CORE = join(ROOT, 'packages/core/src');

/** What may open files: the place that opens those which others might reach, and what reads our own files or the system's. */
const OPENS_FILES = new Set([
  'core/src/process/private-files.ts',
  // Those of the program: package.json, .env, and what it names for a credential.
  'core/src/process/small-file.ts',
  // The package.json of ourselves.
  'cli/src/main.ts',
  // The file that `require` would load in its place.
  'auto/src/first-file.ts',
  // Below /proc.
  'core/src/delivery/spool/owners.ts',
  // /dev/null.
  'core/src/process/standard-numbers.ts',
]);

const MAX_LINES_UNTESTED = 30;

/** Longer ones that need no test of their name, each with the reason. */
const TESTED_ELSEWHERE = new Set([
  // They run when a process loads them: `auto.test.ts`, `run.test.ts` and `test-e2e/preload` start such processes.
  ...['auto/src/import.ts', 'auto/src/index.ts', 'cli/src/main.ts'],
  // It is what `descriptor-writes.test.ts` calls.
  'stdout-hook/src/descriptor-write.ts',
  // `delivery.test.ts` and `full-stack.test.ts` have its two reasons.
  'core/src/delivery/current-sender.ts',
]);

/** Entries that need no guard, each with the reason. */
const UNGUARDED = new Set([
  // Runs in a thread of its own, where `uncaughtException` is told to the thread that waits.
  'core/src/senders/exit-thread/program.ts',
  // What listeners of the program throw is the program's error.
  'core/src/senders/write-through/tls/handshake.ts: queueMicrotask(() => {',
  "winston-transport/src/transport.ts: setImmediate(() => this.emit('logged', info))",
]);

/** Calls in functions that take the place of one of the program's, and that never throw, each with the reason. */
const NEVER_THROW = new Set([
  // Reads a property of an object, or sets one as `Reflect` does.
  ...['core/src/integrations/watch-assigned.ts: defineProperty'],
  ...['stdout-hook/src/lazy-streams.ts: putBack', 'stdout-hook/src/stream-writes.ts: hasOwn'],
  // They catch what is thrown in them.
  ...['stdout-hook/src/descriptor-write.ts: noteRefused', inDescriptors('isAnother')],
  ...['stdout-hook/src/stream-writes.ts: encodingOf', 'stdout-hook/src/stream-writes.ts: take'],
  ...['pino-transport/src/interceptor.ts: take', 'winston-transport/src/interceptor.ts: begin'],
  // They look at a text, a number, a flag or a map.
  ...['stdout-hook/src/console-calls.ts: isTrace', ...['streamOf', 'enter'].map(inDescriptors)],
  // It throws what the original throws.
  ...[inDescriptors('write'), 'stdout-hook/src/stream-writes.ts: enter'],
]);

function inDescriptors(name: string): string {
  return `stdout-hook/src/descriptor-writes.ts: ${name}`;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/** Where each effect comes in. Tests bring their own clock and chance; a socket and a listener must be ours alone. */
const DOORS: readonly { what: string; effect: RegExp; files: readonly string[] }[] = [
  {
    what: 'the clock',
    effect: /\b(?:Date\.now|hrtime|performance\.now)\b|new Date\(\)/,
    files: [
      'core/src/process/timers.ts',
      'core/src/process/held.ts',
      // The deadline of an invocation, which the platform's clock says.
      'lambda/src/one-invocation.ts',
    ],
  },
  {
    what: 'chance',
    effect: /\bMath\.random\b|\brandom(?:Bytes|UUID|Int|FillSync)\(/,
    files: [
      'core/src/process/random.ts',
      // The secret of a folder of notes, with which no start is slowed down.
      'register/src/child-output/notes.ts',
    ],
  },
  {
    what: 'sockets',
    effect:
      /new net\.Socket\(|\b(?:net|tls|https?)\.(?:connect|createConnection|request|get)\(|undici\.request|= process\.getBuiltinModule\('node:tls'\)/,
    files: [
      'core/src/senders/write-through/socket.ts',
      'core/src/senders/undici-sender.ts',
      // TLS on a wire of ours, and the policy that it follows.
      'core/src/senders/tls-options.ts',
      'core/src/senders/write-through/tls/own-tls-socket.ts',
      'core/src/senders/exit-thread/tls-policy.ts',
      'core/src/senders/tls-options.ts',
      // Questions that are no delivery: a server's metrics, Lambda's own interface.
      'core/src/delivery/spool/server-retention.ts',
      'lambda/src/internal-extension.ts',
    ],
  },
  {
    what: 'what we say, without secrets and harmless on a terminal,',
    effect: /\bemitWarning\(|\b_rawDebug\b|emit\('warning'/,
    files: [
      'core/src/process/debug.ts',
      'core/src/process/warn.ts',
      'core/src/process/emit-warning.ts',
      'core/src/process/held.ts',
      // Says that Node is too old, or that our files are gone, before anything is loaded.
      'auto/src/index.ts',
    ],
  },
  {
    what: 'the end of the process',
    effect:
      /(?:on|once|Listener|listen|listenFirst)\(\s*\[?'(?:exit|beforeExit|SIG\w+|uncaughtException\w*)'|(?:\.on|Listener)\((?:name|signal)\b/,
    files: [
      'core/src/process/ending.ts',
      'core/src/process/exit.ts',
      'core/src/process/listener-limit.ts',
      'core/src/process/natural-end.ts',
      'core/src/process/signals.ts',
      // A warning that a tick would emit too late.
      'core/src/process/emit-warning.ts',
      // It ends a thread of its own.
      'core/src/senders/exit-thread/program.ts',
      // Before the flush: unfinished lines, the longest wait of a function, and the folder for the notes of children.
      'stdout-hook/src/terminations.ts',
      'lambda/src/one-invocation.ts',
      'lambda/src/internal-extension.ts',
      'register/src/register.ts',
    ],
  },
];

describe('architecture', () => {
  it.each(DOORS)('lets $what through only where it says', ({ effect, files }) => {
    const found = packages
      .filter((folder) => folder !== 'cli')
      .flatMap(sourcesOf)
      .filter((path) => effect.test(withoutComments(readFileSync(path, 'utf8'))))
      .map((path) => path.slice(join(ROOT, 'packages/').length));
    expect(found.filter((path) => !files.includes(path))).toEqual([]);
    expect(found).not.toEqual([]);
  });

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

  it.each(['packages', 'apps', 'test-e2e', 'bench'])('has no circle of imports in %s', (folder) => {
    expect(circlesIn(filesBelow(join(ROOT, folder)))).toEqual([]);
  });

  it('names each folder of core', () => {
    const found = readdirSync(CORE, { withFileTypes: true }).filter((file) => file.isDirectory());
    expect(found.map(({ name }) => name).sort()).toEqual([...folders.keys()].sort());
  });

  it.each([...folders.keys()])('%s of core imports only the folders that it may', (folder) => {
    const outside = sourcesOf('core')
      .filter((path) => path.startsWith(`${join(CORE, folder)}/`))
      .flatMap((path) =>
        importsOf(path)
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => relative(CORE, join(dirname(path), specifier)))
          .map((target) => target.replace(/\.ts$/, '').split('/')[0] as string)
          .filter((target) => target !== folder && !folders.get(folder)?.has(target)),
      );
    expect(outside).toEqual([]);
  });

  it('has a test of its name for each longer source with logic', () => {
    const untested = packages.flatMap(sourcesOf).filter((path) => {
      const text = readFileSync(path, 'utf8');
      const hasLogic = /^(?:export )?(?:async )?(?:abstract )?(?:function|class)\b/m.test(text);
      const test = path.replace('/src/', '/test/').replace(/\.ts$/, '.test.ts');
      return hasLogic && text.split('\n').length - 1 > MAX_LINES_UNTESTED && !existsSync(test);
    });
    const names = untested.map((path) => path.slice(join(ROOT, 'packages/').length));
    expect(names.filter((name) => !TESTED_ELSEWHERE.has(name))).toEqual([]);
    expect([...TESTED_ELSEWHERE].filter((name) => !names.includes(name))).toEqual([]);
  });

  it('opens files in one place, but for what is ours and what the system writes', () => {
    const opens =
      /\bfs\.open\(|\b(?:open|readFile|writeFile|appendFile|copyFile)Sync\(|\bcreate(?:Read|Write)Stream\(/;
    const found = packages
      .flatMap(sourcesOf)
      .filter((path) => opens.test(withoutComments(readFileSync(path, 'utf8'))))
      .map((path) => path.slice(join(ROOT, 'packages/').length));
    expect(found.filter((path) => !OPENS_FILES.has(path))).toEqual([]);
  });

  it('removes nothing recursively: whoever can change the folder above may put another tree in its place', () => {
    const removes = /\brm(?:dir)?(?:Sync)?\([^;]*\brecursive\b/;
    const found = packages
      .flatMap(sourcesOf)
      .filter((path) => removes.test(readFileSync(path, 'utf8')));
    expect(found).toEqual([]);
  });

  it('looks up no text in a plain object, which also has what is on Object.prototype', () => {
    const tables = /^const [A-Z_]+: (?:Readonly<)?Record<string,/m;
    const found = packages
      .flatMap(sourcesOf)
      .filter((path) => tables.test(readFileSync(path, 'utf8')))
      .map((path) => basename(path));
    // Only listed.
    expect(found).toEqual(['descriptor-writes.ts']);
  });

  it('uses nothing of `Array` that MooTools and others replace by less', () => {
    const found = packages
      .flatMap(sourcesOf)
      .filter((path) => !path.includes('/cli/'))
      .filter((path) => /\bArray\.(?:from|of)\(|\.findLast\(/.test(readFileSync(path, 'utf8')));
    expect(found).toEqual([]);
  });

  it('subscribes to no channel: on a full stack, Node ends a program that has a subscriber', () => {
    const found = packages
      .flatMap(sourcesOf)
      .filter((path) => /\b(?:subscribe|bindStore)\b/.test(readFileSync(path, 'utf8')));
    // `watchChannel` does without.
    expect(found).toEqual([]);
  });

  it('takes no option from Object.prototype, neither from a program nor for Node', () => {
    const sources = packages
      .filter((folder) => folder !== 'cli')
      .flatMap(sourcesOf)
      .map((path) => ({ path: path.slice(ROOT.length), text: readFileSync(path, 'utf8') }));
    const others = new Set([
      // The two doors.
      'packages/core/src/settings/own-options.ts',
      'packages/core/src/process/bare-options.ts',
      // It is given what `ownOptions` has made.
      'packages/core/src/show-details.ts',
      // Options of the program for Node, read as Node reads them.
      'packages/register/src/worker-threads.ts',
      'packages/register/src/thread-options.ts',
    ]);
    const taking = sources.filter(({ text }) => /[(,]\s*\w+\??: \w*Options\b/.test(text));
    const passing = sources.filter(({ text }) =>
      /new Worker\(|http\.(?:request|get)\(|socket\.connect\(/.test(text),
    );
    const lacking = (door: RegExp, of: typeof sources) =>
      of
        .map(({ path, text }) => (door.test(text) ? '' : path))
        .filter((path) => path && !others.has(path));
    expect(taking.length).toBeGreaterThan(5);
    expect(passing.length).toBeGreaterThan(2);
    expect(lacking(/\bownOptions\(/, taking)).toEqual([]);
    expect(lacking(/\bbareOptions\(/, passing)).toEqual([]);
  });

  it('guards every entry from outside', () => {
    const found = packages
      .filter((folder) => !['auto', 'cli'].includes(folder))
      .flatMap(sourcesOf)
      .flatMap((path) => {
        const file = path.slice(join(ROOT, 'packages/').length);
        if (UNGUARDED.has(file)) return [];
        return unguardedEntries(readFileSync(path, 'utf8')).map((entry) => `${file}: ${entry}`);
      });
    expect(found.filter((entry) => ![...UNGUARDED].some((one) => entry.startsWith(one)))).toEqual(
      [],
    );
  });

  it('throws nothing from a function that takes the place of one of the program', () => {
    const found = packages
      .filter((folder) => !['auto', 'cli'].includes(folder))
      .flatMap(sourcesOf)
      .flatMap((path) => {
        const file = path.slice(join(ROOT, 'packages/').length);
        return callsInHooks(readFileSync(path, 'utf8')).map((call) => `${file}: ${call}`);
      });
    expect(new Set(found)).toEqual(NEVER_THROW);
  });

  it.each([
    'replaceMethod(fs, name, (write) => function (...args) { look(args); return write(...args); });',
    'const o = { set(this: object, value: unknown) { try { look(value); } finally { done(); } } };',
  ])('finds the call that may throw in %s', (source) => {
    expect(callsInHooks(source)).toContain('look');
  });

  it.each([
    "socket.on('data', (bytes) => this.receive(bytes));",
    'setTimeout(() => step(), 10);',
    'const step = () => count++; process.nextTick(step);',
  ])('finds the unguarded entry in %s', (source) => {
    expect(unguardedEntries(source)).toHaveLength(1);
  });

  it.each([
    ['prints', /\bconsole\.|process\.std(?:out|err)|\.write\(/, ['print.ts']],
    ['makes requests', /\bfetch\(|from '(?:node:https?|undici)'/, ['fetch-from.ts']],
  ])('has one place in the command that %s', (_, pattern, places) => {
    // The first says that Node is too old, before it may import anything; the other passes on what the program prints.
    const passing = ['main.ts', 'run-program.ts'];
    const found = sourcesOf('cli')
      .filter((path) => !passing.includes(basename(path)))
      .filter((path) => pattern.test(readFileSync(path, 'utf8')))
      .map((path) => basename(path));
    expect(found).toEqual(places);
  });

  it('has no import in packages that would load node:http, undici or a worker at start', () => {
    const heavy =
      /^import (?!type)[^;]*from '(?:node:)?(?:http|https|http2|worker_threads|undici)[^']*'/m;
    const loaded = packages
      .flatMap(sourcesOf)
      .filter((path) => !path.includes('/cli/') && heavy.test(readFileSync(path, 'utf8')));
    expect(loaded.map((path) => path.slice(ROOT.length))).toEqual([]);
  });
});
