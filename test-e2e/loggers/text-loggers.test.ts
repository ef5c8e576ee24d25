/** Loggers that we have no integration for: each message is one record with its level, and blank lines are none. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);
let packages: string;
beforeAll(async () => {
  packages = await pinnedPackages({ name: 'applications', what: 'frameworks and loggers' });
  const manifest = { name: 'hello', scripts: { hello: 'echo hi' } };
  await writeFile(join(loggers.folder, 'package.json'), JSON.stringify(manifest));
});

const BOX = [' ╭─────────╮', ' │         │', ' │  hello  │', ' │         │', ' ╰─────────╯'];

it.each([
  ['consola', ['ERROR  ERROR  boom', 'WARN  WARN  careful', ...BOX.map((line) => `INFO ${line}`)]],
  ['log4js', [/^ERROR .* default - boom$/, /^WARN .* default - careful$/]],
  [
    'signale',
    [
      'ERROR ✖  error     boom',
      'WARN [db] › ⚠  warning   careful',
      /^FATAL \[.*\] \[.*\] › ✖ {2}fatal {5}gone$/,
      'INFO ✔  success   done',
    ],
  ],
  [
    'nest',
    [
      /^INFO .*LOG \[Orders\] start$/,
      /^ERROR .*ERROR \[Orders\] Object\(2\) \{\n {2}order: 7,\n[\s\S]*\n\} \+\d+ms$/,
      /^WARN .*WARN \[Orders\] careful \+\d+ms$/,
    ],
  ],
  ['roarr', ['ERROR boom', 'WARN careful', 'DEBUG detail']],
  ['npm', ['INFO > hello', 'INFO > echo hi', 'INFO hi']],
] as const)('%s', async (name, expected) => {
  const { run, rows } = await loggers.run({
    args: ['text-loggers.cjs', name, packages],
    preload: true,
    expected: expected.length,
    env: { FORCE_COLOR: '1', ROARR_LOG: 'true', EMPTY: loggers.folder },
  });
  expect(run).toMatchObject({ code: 0 });
  expect(rows.map(({ level, _msg }) => `${level} ${_msg}`)).toEqual(
    expected.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))),
  );
});
