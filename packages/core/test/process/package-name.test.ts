import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageName } from '../../src/process/package-name.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-name-'));
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, path, 'package.json'), text);
  };
  write('app', '{"name":"@acme/shop"}');
  write('app/dist', '{"type":"module"}');
  write('app/broken', 'no JSON');
  write('app/odd', '{"name":7}');
  write('app/null', 'null');
  write('app/packages/api', '{"name":"api"}');
  write('app/node_modules/next', '{"name":"next"}');
  write('manager', '{"name":"a-manager"}');
  write('manager/node/lib/node_modules/serve', '{"name":"serve"}');
  write('manager/node/lib/node_modules/serve/node_modules/part', '{"name":"part"}');
  write('manager/node/lib/node_modules/@acme/tool', '{"name":"@acme/tool"}');
  mkdirSync(join(folder, 'manager/node/bin'));
  writeFileSync(join(folder, 'manager/node/lib/node_modules/serve/main.js'), '');
  symlinkSync('../lib/node_modules/serve/main.js', join(folder, 'manager/node/bin/serve'));
  mkdirSync(join(folder, 'app/node_modules/.bin'));
  symlinkSync(
    '../../../manager/node/lib/node_modules/serve/main.js',
    join(folder, 'app/node_modules/.bin/linked'),
  );
  write('global', '{"dependencies":{"serve":"1.0.0"}}');
  write('global/node_modules/serve', '{"name":"serve"}');
  write('global/node_modules/.pnpm/tool@1.0.0/node_modules/tool', '{"name":"tool"}');
  mkdirSync(join(folder, 'app/folder/package.json'), { recursive: true });
  mkdirSync(join(folder, 'app/pipe'));
  execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'app/pipe/package.json')]);
  write('app/shared', '{"name":"forged"}');
  chmodSync(join(folder, 'app/shared'), 0o1777);
  write('app/linked', '{}');
  chmodSync(join(folder, 'app/linked'), 0o1777);
  rmSync(join(folder, 'app/linked/package.json'));
  symlinkSync('../packages/api/package.json', join(folder, 'app/linked/package.json'));
  if (process.geteuid?.() === 0) chownSync(join(folder, 'app/shared/package.json'), 65_534, 65_534);
  else rmSync(join(folder, 'app/shared/package.json'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['app/server.js', '@acme/shop'],
  // `node .`
  ['app', '@acme/shop'],
  ['app/packages/api', 'api'],
  // It would wait for a writer for ever.
  ['app/pipe/server.js', '@acme/shop'],
  // Somebody else's, in a folder for everybody.
  ['app/shared/work/server.js', '@acme/shop'],
  ['app/linked/work/server.js', '@acme/shop'],
  ['app/dist/deep/server.js', '@acme/shop'],
  ['app/packages/api/server.js', 'api'],
  ['app/broken/server.js', '@acme/shop'],
  ['app/odd/server.js', '@acme/shop'],
  ['app/null/server.js', '@acme/shop'],
  ['app/folder/server.js', '@acme/shop'],
  // What is installed there is a tool of the package.
  ['app/node_modules/next/dist/bin/next', '@acme/shop'],
  ['app/node_modules/.bin/next', '@acme/shop'],
  ['app/node_modules/.bin/linked', '@acme/shop'],
  // Installed for the whole machine, it is nobody's tool.
  ['manager/node/lib/node_modules/serve/main.js', 'serve'],
  ['manager/node/lib/node_modules/serve/node_modules/part/main.js', 'serve'],
  ['manager/node/lib/node_modules/@acme/tool/dist/main.js', '@acme/tool'],
  ['manager/node/bin/serve', 'serve'],
  ['global/node_modules/serve/main.js', 'serve'],
  ['global/node_modules/.pnpm/tool@1.0.0/node_modules/tool/main.js', 'tool'],
  ['gone/server.js', undefined],
])('is for %s %s', (program, name) => {
  expect(packageName(join(folder, program))).toBe(name);
});

it.each(['[eval]', '-', '[worker eval]'])('is that of the working directory for %s', (program) => {
  expect(packageName(program)).toBe(packageName(join(process.cwd(), 'program.js')));
  expect(packageName(program)).toMatch(/direct-logging/);
});
