/** Debian packages unpacked into a folder, of any architecture, without touching the machine's own: no root is needed. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandWorks, runCommand } from '../environment/run-command.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const RELEASE = 'trixie';

/**
 * Unpacks the packages, `musl:amd64` for instance, but nothing that they depend on.
 * @throws Error where there is no apt-get, or the archive does not answer.
 */
export async function unpackDebianPackages(
  packages: readonly string[],
  folder: string,
): Promise<void> {
  if (!(await commandWorks('apt-get', ['--version']))) throw new Error('there is no apt-get here');
  const apt = join(folder, 'apt');
  const env = { APT_CONFIG: await aptOfItsOwn(apt) };
  await runCommand('apt-get', ['update'], { env });
  await runCommand('apt-get', ['download', ...packages], { env, cwd: apt });
  // As in Debian, where /lib is this link, and not part of any package.
  await symlink('usr/lib', join(folder, 'lib'));
  const unpack = 'for package in apt/*.deb; do dpkg-deb --extract "$package" . || exit 1; done';
  await runCommand('sh', ['-c', unpack], { cwd: folder });
  await runCommand('rm', ['-r', apt]);
}

/** Lists, state and cache of its own; returns the path of its configuration. */
async function aptOfItsOwn(folder: string): Promise<string> {
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const source = `deb [signed-by=${KEYRING}] ${await mirror()} ${RELEASE} main\n`;
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
