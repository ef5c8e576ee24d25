/** Debian packages, and the sources of some, in a folder, without touching the machine's own: no root is needed. */
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandWorks, runCommand, tryCommand } from './run-command.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** The release that packages come from where none is named. */
const RELEASE = 'trixie';

/**
 * Unpacks the packages, `musl:amd64` for instance, but nothing that they depend on.
 * @throws Error where there is no apt-get, or the archive does not answer.
 */
export async function unpackDebianPackages(
  packages: readonly string[],
  folder: string,
  release = RELEASE,
): Promise<void> {
  const apt = join(folder, 'apt');
  const env = { APT_CONFIG: await aptOfItsOwn(apt, 'deb', release) };
  await runCommand('apt-get', ['update'], { env });
  await runCommand('apt-get', ['download', ...packages], { env, cwd: apt });
  // As in Debian, where /lib is this link, and not part of any package.
  await symlink('usr/lib', join(folder, 'lib'));
  const unpack = 'for package in apt/*.deb; do dpkg-deb --extract "$package" . || exit 1; done';
  await runCommand('sh', ['-c', unpack], { cwd: folder });
  await runCommand('rm', ['-r', apt]);
}

/** A source package of a release, and what to take from it. */
export interface DebianSource {
  readonly name: string;
  readonly release: string;
  /** Files and folders in the archive of its authors. */
  readonly paths: readonly string[];
}

/**
 * Unpacks these files of the source package, as its authors wrote them.
 * @throws Error where there is no apt-get, or the archive does not answer.
 */
export async function unpackDebianSource(source: DebianSource, folder: string): Promise<void> {
  const apt = join(folder, 'apt');
  const env = { APT_CONFIG: await aptOfItsOwn(apt, 'deb-src', source.release) };
  await runCommand('apt-get', ['update'], { env });
  const download = ['source', '--download-only', '--tar-only', source.name];
  // It may fail for the archives of others that Debian keeps beside it, of which a mirror does not always have all.
  const { stderr } = await tryCommand('apt-get', download, { env, cwd: apt });
  const archive = (await readdir(apt)).find((name) => /\.orig\.tar\.\w+$/.test(name));
  if (archive === undefined) throw new Error(`Debian's ${source.name} can't be had: ${stderr}`);
  const paths = source.paths.map((path) => `*/${path}`);
  const flags = ['--extract', '--strip-components=1', '--wildcards', '--no-wildcards-match-slash'];
  await runCommand('tar', [...flags, '--file', join(apt, archive), ...paths], { cwd: folder });
  await runCommand('rm', ['-r', apt]);
}

/** Lists, state and cache of its own; returns the path of its configuration. */
async function aptOfItsOwn(
  folder: string,
  kind: 'deb' | 'deb-src',
  release: string,
): Promise<string> {
  if (!(await commandWorks('apt-get', ['--version']))) throw new Error('there is no apt-get here');
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const source = `${kind} [signed-by=${KEYRING}] ${await mirror()} ${release} main\n`;
  await writeFile(join(folder, 'sources.list'), source);
  const path = join(folder, 'apt.conf');
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State': folder,
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    // Its usual user may not write here.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  lines.push('APT::Architectures { "amd64"; "arm64"; };');
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

/** Where this machine has its own packages of Debian from. */
async function mirror(): Promise<string> {
  const uris = await runCommand('apt-get', ['indextargets', '--format', '$(REPO_URI)']);
  const found = uris.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (found === undefined) throw new Error('This machine has no packages of Debian.');
  return found;
}
