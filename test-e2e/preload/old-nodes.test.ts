/** A Node that is too old for us: the program runs as without direct-logging, and one warning says why nothing is shipped. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testProject } from '../environment/for-tests.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { runProgram } from '../environment/run-program.ts';

const OLD = ['14', '16', '18', '20-18', '22-10'] as const;
/** They don't know `--import`, and end at once. */
const WITHOUT_IMPORT: readonly string[] = ['14', '16'];
const PROGRAM = 'console.log("one line"); console.error("another"); process.exitCode = 7;';
const URL = { VICTORIALOGS_URL: 'http://127.0.0.1:9' };

const nodeModules = await pinnedPackages({ name: 'old-nodes', what: 'the old Nodes, 630 MB,' });

const project = testProject();

describe.each(OLD)('on Node %s', (version) => {
  const node = join(nodeModules, `node${version}-${process.platform}-${process.arch}/bin/node`);
  const flags = WITHOUT_IMPORT.includes(version) ? ['--require'] : ['--import', '--require'];
  const run = async (flag: string, env: Record<string, string>) => {
    const args = [flag, 'direct-logging', '--eval', PROGRAM];
    const { code, signal, stdout, stderr } = await runProgram({
      ...{ node, cwd: project.folder, args, env },
    });
    return { code, signal, stdout, errors: stderr.trimEnd().split('\n') };
  };

  it.each(flags)('%s does nothing without an address', async (flag) => {
    const result = await run(flag, {});
    expect(result).toEqual({ code: 7, signal: null, stdout: 'one line\n', errors: ['another'] });
  });

  it.each(flags)('%s warns once with one, and the program runs to its end', async (flag) => {
    const { code, stdout, errors } = await run(flag, URL);
    expect({ code, stdout }).toEqual({ code: 7, stdout: 'one line\n' });
    expect(errors).toContain('another');
    const warnings = errors.filter((line) => line.includes('DL_UNSUPPORTED_NODE'));
    expect(warnings).toEqual([
      expect.stringMatching(/needs Node\.js 20\.19, 22\.12 or newer, and this is \d/),
    ]);
    // Node adds to its first warning how to find out more.
    const others = errors.filter((line) => line !== 'another' && !line.startsWith('(Use `'));
    expect(others).toEqual(warnings);
  });
});
