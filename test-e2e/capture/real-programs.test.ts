/** What real programs print, handed on by a program that is captured: each line is stored as it was printed. */
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { tryCommand } from '../environment/run-command.ts';
import { startPrograms } from './programs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PATH = [dirname(process.execPath), join(ROOT, 'node_modules/.bin'), process.env.PATH].join(
  delimiter,
);

/** They speak of themselves, of this machine's programs and of this repository: in colors, tables and many styles. */
const COMMANDS = [
  'node --v8-options',
  'node --trace-gc -e "for (let n = 0; n < 20; n++) Array(1e6).fill({})"',
  `NODE_DEBUG=module,esm node -e "require('node:http')"`,
  `node -e "JSON.parse('{bad')"`,
  'git log -h',
  'GIT_TRACE=1 GIT_TRACE_SETUP=1 git -c color.ui=always status',
  'git log --stat --graph --color=always -n 30',
  'git diff --no-index --color=always --word-diff README.md ARCHITECTURE.md',
  'for file in package*.json; do set -x; head -3 $file | tr a-z A-Z; done; nothing-of-this-name',
  'ls -la --color=always --full-time /usr/bin /nowhere',
  'openssl version -a',
  'dpkg --list',
];
/** In `npm run test:matrix`: these take longer. */
const MORE = [
  'npm ls --all --color=always',
  'npm pack --dry-run --loglevel=silly --ignore-scripts ./packages/core',
  'node --test --test-reporter=spec test-e2e/capture/fixtures/runners/node.test.cjs',
  'tsc --help --all --pretty',
  'biome lint --colors=force --max-diagnostics=20 --verbose packages/core/src',
  'go help build',
  `python3 -c "import logging, warnings; logging.basicConfig(level=10); logging.error(1); warnings.warn('old'); {}[0]"`,
  'dockerd --help',
  'victoria-logs -help',
];

const programs = forTests(startPrograms);

it('what real programs print', { timeout: 180_000 }, async () => {
  const commands: string[] = [];
  const wanted = process.env.DIRECT_LOGGING_MATRIX ? [...COMMANDS, ...MORE] : COMMANDS;
  for (const command of wanted) if (await exists(command)) commands.push(command);
  const { shipped, rows } = await programs.ship({
    args: ['hands-on.mjs', ROOT, ...commands],
    env: { PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '20000' },
    timeoutMs: 120_000,
  });
  expect(shipped).toMatchObject({ code: 0, stderr: '' });
  const copy = await readFile(join(programs.project.folder, 'printed'), 'utf8');
  const printed = copy.split('\n').map(asStored).filter(hasText);
  // Frames of a stack are one record with the line above them, unless the pipe has cut them off.
  const stored = rows.flatMap(({ _msg = '' }) => _msg.split('\n')).filter(hasText);
  const different = printed.findIndex((line, index) => line !== stored[index]);
  // Only the place in question: there are thousands of lines.
  if (different >= 0) expect(placeIn(stored, different)).toEqual(placeIn(printed, different));
  expect(stored).toHaveLength(printed.length);
  for (const command of commands) expect(stored).toContain(command);
});

function placeIn(lines: readonly string[], at: number): readonly string[] {
  return lines.slice(Math.max(0, at - 2), at + 3);
}

async function exists(command: string): Promise<boolean> {
  const name = command.split(' ').find((word) => !word.includes('=')) ?? '';
  const { code } = await tryCommand('bash', ['-c', `command -v ${name}`], { env: { PATH } });
  if (code !== 0) sayOnStderr(`There is no ${name} on this machine: what it prints is not tried`);
  return code === 0;
}

/** As a reader sees it. */
function asStored(line: string): string {
  const text = stripVTControlCharacters(line.replace(/\r$/, ''));
  return text.replace(/\(node:\d+\)/, '(node:1)');
}

/** A blank line is no record. */
function hasText(line: string): boolean {
  return line.trim() !== '';
}
