import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
// Where a copy finds what it depends on.
const modules = fileURLToPath(new URL('../../../../node_modules/', import.meta.url));
const folder = mkdtempSync(join(modules, '.copies-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the built package that shares in another form. */
function copyOf(form: number): string {
  const copy = join(folder, String(form));
  cpSync(dist, copy, { recursive: true });
  for (const name of readdirSync(copy).filter((file) => file.endsWith('.js'))) {
    const code = readFileSync(join(copy, name), 'utf8');
    writeFileSync(join(copy, name), code.replace('SHARED_FORM = 1', `SHARED_FORM = ${form}`));
  }
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  return join(copy, 'index.js');
}

/** Opens the shared transport of each copy. Returns how many transports there are, and the codes of the warnings. */
function open(...copies: string[]): { transports: number; warnings: string[] } {
  const program = `
    const warnings = [];
    process.on('warning', ({ code }) => warnings.push(code));
    const transports = new Set();
    for (const copy of ${JSON.stringify(copies)}) transports.add((await import(copy)).sharedTransport());
    setImmediate(() => console.log(JSON.stringify({ transports: transports.size, warnings })));
  `;
  const args = ['--no-warnings', '--input-type=module', '-e', program];
  const env = { ...process.env, VICTORIALOGS_URL: 'http://127.0.0.1:9' };
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env }));
}

it('is shared by copies of the same form', () => {
  expect(open(join(dist, 'index.js'), copyOf(1))).toEqual({ transports: 1, warnings: [] });
});

it.each([
  ['newer', 2],
  ['older', 0],
])('is not shared with a copy of a %s form, and one warning says so', (_, form) => {
  const expected = { transports: 2, warnings: ['DL_VERSIONS'] };
  expect(open(join(dist, 'index.js'), copyOf(form))).toEqual(expected);
  expect(open(copyOf(form), join(dist, 'index.js'))).toEqual(expected);
});
