/** What `--require` and `require()` load: installs everything before the program's first line, synchronously. */
import { createRequire } from 'node:module';
import type { Registration } from '@direct-logging/register';

/** What is installed in this thread; undefined without `VICTORIALOGS_URL`, and where others ship its output. */
export const registration: Registration | undefined = compose();

function compose(): Registration | undefined {
  if (process.env.VICTORIALOGS_URL === undefined) return undefined;
  return createRequire(import.meta.url)('./compose.js').registration;
}
