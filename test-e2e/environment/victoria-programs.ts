/** What of VictoriaMetrics stands between programs and storage, vmauth and vlagent, built from the Go modules once. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goProgram, hasGo } from './go-program.ts';
import { sayOnStderr } from './progress.ts';
import { VICTORIALOGS_VERSION } from './victorialogs-version.ts';

/** The newest whose requirements the Go module proxy has. */
export const VMAUTH_VERSION = 'v1.153.0';
/** The newest of the line with long-term support. */
export const VMAUTH_LTS_VERSION = 'v1.148.9';

const UNIX_SOCKETS = fileURLToPath(new URL('../platforms/unix-socket-server/', import.meta.url));

/** The path of vmauth. Throws, saying why, where it is not to be had. */
export function vmauthProgram(version: string = VMAUTH_VERSION): Promise<string> {
  const program = `github.com/VictoriaMetrics/VictoriaMetrics/app/vmauth@${version}`;
  return built('vmauth', `vmauth/${version}`, program);
}

/** The path of vlagent, of the release that everything else is tested with. */
export function vlagentProgram(): Promise<string> {
  const program = `github.com/VictoriaMetrics/VictoriaLogs/app/vlagent@${VICTORIALOGS_VERSION}`;
  return built('vlagent', `vlagent/${VICTORIALOGS_VERSION}`, program);
}

/** The same with a newer HTTP server, which can listen on a unix socket: see `platforms/unix-socket-server.ts`. */
export function vlagentWithUnixSockets(): Promise<string> {
  const program = 'github.com/VictoriaMetrics/VictoriaLogs/app/vlagent';
  return built('vlagent', 'vlagent-unix-socket/v1.52.1-v1.151.0', program, UNIX_SOCKETS);
}

async function built(
  command: string,
  name: string,
  program: string,
  module?: string,
): Promise<string> {
  if (!(await hasGo())) throw new Error(`${command} needs Go to be built.`);
  const what = name.replace('/', ' ');
  return join(await goProgram({ name, what, program, module, say: sayOnStderr }), command);
}
