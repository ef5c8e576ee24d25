/** Packages of Debian, installed on this machine where we are root. */
import { during, type Say } from './progress.ts';
import { commandWorks, runCommand } from './run-command.ts';

/**
 * Installs the packages, without what they only recommend.
 * @throws Error where this is not root on Debian, or the archive does not answer.
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
