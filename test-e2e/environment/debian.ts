/** Packages of Debian, installed on this machine where we are root. */
import { during, type Say } from './progress.ts';
import { commandWorks, runCommand } from './run-command.ts';

/**
 * Installs the packages, without what they only recommend.
 * @throws Error where this is not root on Debian, or when the archive does not answer.
 */
export async function installDebianPackages(packages: readonly string[], say: Say): Promise<void> {
  const names = packages.join(', ');
  if (process.getuid?.() !== 0 || !(await commandWorks('apt-get', ['--version']))) {
    throw new Error(`${names}: not installed, and this is not root on Debian.`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await during(say, `Installing ${names} with apt-get`, async () => {
    await runCommand('apt-get', ['update'], { env });
    const options = ['--yes', '--no-install-recommends'];
    await runCommand('apt-get', ['install', ...options, ...packages], { env });
  });
}

/**
 * The same for a test: nothing is installed on a developer's machine unasked.
 * @throws Error where `CI` is not set, too.
 */
export async function installDebianPackagesInCi(
  packages: readonly string[],
  say: Say,
): Promise<void> {
  if (!process.env.CI) {
    throw new Error(`Install ${packages.join(', ')}, or set CI=1 so that root on Debian does.`);
  }
  await installDebianPackages(packages, say);
}
