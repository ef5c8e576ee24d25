/** The cron for containers that a recipe names. */
import { goProgram } from './go-program.ts';
import { sayOnStderr } from './progress.ts';

/** What the recipe installs. */
export const SUPERCRONIC = 'github.com/aptible/supercronic@v0.2.48';

/** The folder with the program `supercronic`; built with Go on the first call. */
export function supercronicFolder(): Promise<string> {
  const [, version = ''] = SUPERCRONIC.split('@');
  const name = `supercronic/${version}`;
  const what = `supercronic ${version}`;
  return goProgram({ name, what, program: SUPERCRONIC, say: sayOnStderr });
}
