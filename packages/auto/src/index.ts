/** What `--require` and `require()` load: installs everything before the program's first line, synchronously. */
import type { Registration } from '@direct-logging/register';
import { compose } from './compose.ts';
import { useCodeCache } from './first-file.ts';
import { isWanted, readableEnvironment } from './is-wanted.ts';
import { unpackPm2Environment } from './pm2-environment.ts';

const env = readableEnvironment();
unpackPm2Environment(env);

/** What is installed in this thread. Undefined without `VICTORIALOGS_URL`, or if nothing is installed for another reason. */
export const registration: Registration | undefined =
  isWanted(env) && isSupported() ? composed() : undefined;

function composed(): Registration | undefined {
  try {
    // Undefined in the bundle of a program.
    const folder: string | undefined = import.meta.dirname;
    const { existsSync } = process.getBuiltinModule('node:fs');
    if (folder !== undefined && existsSync(`${folder}/first.cache`)) useCodeCache(folder);
    const composition = compose();
    // Over https, or by name, the first line would be too late: connecting takes the event loop.
    void composition?.transport.ready(0);
    return composition;
  } catch (error) {
    return tell(`it cannot be loaded: ${error}`, 'DL_FILE_GONE');
  }
}

/** The versions in package.json. An older Node can read only this one file, and its program runs without direct-logging. */
function isSupported(): boolean {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) return true;
  tell(`it needs Node.js 20.19, 22.12 or newer, and this is ${node}`, 'DL_UNSUPPORTED_NODE');
  return false;
}

function tell(why: string, code: string): undefined {
  process.emitWarning(`direct-logging ships nothing: ${why}`, 'DirectLoggingWarning', code);
}
