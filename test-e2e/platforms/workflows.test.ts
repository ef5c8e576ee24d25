/** The workflows of GitHub, as actionlint and zizmor read them, what they name, and what they install. */
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cached } from '../environment/cache.ts';
import { goProgram, hasGo } from '../environment/go-program.ts';
import { sayMissing } from '../environment/missing.ts';
import { NODE_MAJORS, nodeBinary } from '../environment/nodes.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { unpackWheel } from '../environment/python-wheel.ts';
import { commandWorks, tryCommand } from '../environment/run-command.ts';

const VERSION = 'v1.7.12';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, '.github/workflows');

const texts = readdirSync(FOLDER).map((name) => readFileSync(join(FOLDER, name), 'utf8'));
const canBuild = await hasGo();
if (!canBuild) {
  sayMissing(
    'The workflows are not checked by actionlint: there is no Go here',
    'Install Go (https://go.dev/dl).',
  );
}

it.skipIf(!canBuild)('have nothing that actionlint finds', { timeout: 300_000 }, async () => {
  const folder = await goProgram({
    name: `actionlint/${VERSION}`,
    what: 'actionlint',
    program: `github.com/rhysd/actionlint/cmd/actionlint@${VERSION}`,
    say: sayOnStderr,
  });
  const { code, stdout } = await tryCommand(join(folder, 'actionlint'), ['-no-color'], {
    cwd: ROOT,
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
});

const ZIZMOR = '1.32.0';
const canInstall = await commandWorks('python3', ['--version']);
if (!canInstall) {
  sayMissing(
    'The workflows are not checked by zizmor: there is no pip here',
    'Install Python and pip.',
  );
}

it.skipIf(!canInstall)('have nothing that zizmor finds', { timeout: 300_000 }, async () => {
  const folder = await cached(`zizmor/${ZIZMOR}`, (building) =>
    unpackWheel(`zizmor==${ZIZMOR}`, building),
  );
  const program = join(folder, `zizmor-${ZIZMOR}.data/scripts/zizmor`);
  await chmod(program, 0o755);
  const args = ['--offline', '--persona', 'pedantic', '--quiet', join(ROOT, '.github')];
  const { code, stdout } = await tryCommand(program, args);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('No findings') });
});

it('use actions by their hash, with as few rights as they need', () => {
  const uses = texts.flatMap((text) => [...text.matchAll(/uses: (.*)/g)]).map(([, use]) => use);
  expect(uses.length).toBeGreaterThan(10);
  for (const use of uses) expect(use).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  for (const text of texts) expect(text).toContain('\npermissions: {}\n');
});

const JOB = /^ {2}(?=[\w-]+:\n {4}(?:name|if|needs):)/m;

it('run packages of others in no job that may write or publish', () => {
  const jobs = texts.flatMap((text) => text.split(JOB).slice(1));
  const mayWrite = jobs.filter((job) => /^ {6}[\w-]+: write\b/m.test(job));
  expect(mayWrite.length).toBeGreaterThan(3);
  for (const job of mayWrite)
    expect(job).not.toMatch(
      /npm (?:ci|exec|install|run|test)|npx |pipx |node [\w-]+\/|changesets\//,
    );
});

it('publish what the build has made, whatever packages of others do in the tests', () => {
  const release = readFileSync(join(FOLDER, 'release.yml'), 'utf8');
  const jobs = release.split(JOB).slice(1);
  const having = (part: RegExp) => jobs.filter((job) => part.test(job));
  // Their scripts could change what is packed later, and the runner's own memory.
  for (const job of having(/upload-artifact/))
    expect(job).not.toMatch(/npm (?:test|run check)|npm ci\n/);
  // setup-node restores a cache by itself if package.json names a package manager.
  for (const job of having(/setup-node/)) expect(job).toContain('package-manager-cache: false\n');
  expect(release).not.toMatch(/actions\/cache|cache: (?:npm|true)/);
  for (const job of having(/name: packages$/m).filter((job) => job.includes('download-artifact'))) {
    expect(job).toMatch(/needs: \[build, .*SUMS: \$\{\{ needs\.build\.outputs\.sums \}\}/s);
    expect(job).toContain('echo "$SUMS  SHA256SUMS" | sha256sum --check --strict\n');
  }
  expect(having(/npm publish/).map((job) => /needs: (.*)/.exec(job)?.[1])).toEqual([
    '[build, test]',
  ]);
  expect(having(/(?:up|down)load-artifact/)).toHaveLength(5);
  expect(having(/name: packages$/m)).toHaveLength(3);
});

/** A step of the release, as it is run. */
function stepWith(part: RegExp): string {
  const release = readFileSync(join(FOLDER, 'release.yml'), 'utf8');
  const steps = release.split(/^ {6}- /m).filter((step) => part.test(step));
  const scripts = steps.map((step) => /^ *run: \|\n((?: {10}.*\n)+)/m.exec(step)?.[1] ?? '');
  expect(new Set(scripts).size).toBe(1);
  return scripts[0]?.replace(/^ {10}/gm, '') ?? '';
}

async function inFolder(act: (cwd: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-'));
  try {
    await act(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const isLinux = process.platform === 'linux';
if (!isLinux) sayMissing('The steps of the release are not tried', 'They run on Linux.');

it.skipIf(!isLinux)('publish from a folder that holds nothing else', () =>
  inFolder(async (cwd) => {
    const script = stepWith(/sha256sum --check/);
    const sh = (text: string) => tryCommand('bash', ['-e', '-c', text], { cwd, env });
    const env: Record<string, string> = {};
    await sh('echo packed > 1.tgz; sha256sum 1.tgz > SHA256SUMS');
    env.SUMS = (await sh('sha256sum < SHA256SUMS | cut -c 1-64')).stdout.trim();
    expect(await sh(script)).toMatchObject({ code: 0 });
    // npm reads its settings from the folder in which it is run: a proxy, for one, would see its token.
    await writeFile(join(cwd, '.npmrc'), 'https-proxy=http://h\nstrict-ssl=false\n');
    expect(await sh(script)).toMatchObject({ code: 1, stdout: expect.stringContaining('.npmrc') });
  }),
);

it.skipIf(!isLinux)('propose nothing but versions of our own packages', () =>
  inFolder(async (cwd) => {
    const script = stepWith(/git diff --cached --unified/);
    const sh = (text: string) => tryCommand('bash', ['-e', '-c', text], { cwd });
    const before = {
      version: '1.0.0',
      scripts: {},
      dependencies: { '@direct-logging/core': '^1.0.0' },
    };
    const put = async (manifest: object) => {
      await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest, null, 2));
      await sh('git add --all');
    };
    await sh('git init --quiet; mkdir .changeset scripts; touch .changeset/one.md scripts/pack.ts');
    await put(before);
    await sh('git -c user.name=n -c user.email=e commit --quiet --message m');
    const after = {
      ...before,
      version: '1.1.0',
      dependencies: { '@direct-logging/core': '^1.1.0' },
    };
    await put(after);
    expect(await sh(script)).toMatchObject({ code: 0, stdout: '' });
    for (const more of [
      { scripts: { postinstall: 'curl' } },
      { dependencies: { '@direct-logging/core': 'npm:other@1.1.0' } },
      { dependencies: { '@direct-logging/core': '^1.1.0', other: '1.1.0' } },
    ]) {
      await put({ ...after, ...more });
      expect(await sh(script)).toMatchObject({ code: 1 });
    }
    await put(after);
    await sh('rm .changeset/one.md; echo c > CHANGELOG.md; git add --all');
    expect(await sh(script)).toMatchObject({ code: 0, stdout: '' });
    // What the filter of `git apply` lets pass.
    for (const change of [
      'git mv scripts/pack.ts .changeset/gone.md',
      'git mv scripts/pack.ts CHANGELOG.md',
      'ln -sf scripts CHANGELOG.md',
      'chmod +x package.json',
      'rm package.json',
    ]) {
      await sh(`${change}; git add --all`);
      expect(await sh(script)).toMatchObject({ code: 1 });
      await sh('git reset --quiet --hard');
    }
  }),
);

it('run the tests on every Node that is supported', () => {
  expect(texts.join('\n')).toContain(`node: [${NODE_MAJORS.join(', ')}]`);
});

it('install nothing that the oldest of them does not support', async () => {
  const oldest = dirname(await nodeBinary(NODE_MAJORS[0]));
  const args = [
    'ci',
    '--dry-run',
    '--engine-strict',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  const PATH = [oldest, process.env.PATH].join(delimiter);
  const { code, stderr } = await tryCommand('npm', args, { cwd: ROOT, env: { PATH } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('EBADENGINE') });
});

it('run scripts that are there', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = texts.flatMap((text) => [...text.matchAll(/npm run ([\w:-]+)/g)]);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter(([, name = '']) => scripts[name] === undefined)).toEqual([]);
});
