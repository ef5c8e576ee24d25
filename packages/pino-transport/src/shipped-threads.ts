/**
 * Which worker threads get only lines that the thread which started them has shipped already. A table in memory that all
 * threads share: a thread looks itself up when it is about to ship a line, since only the line shows that pino has told us.
 */

const KEY = '@direct-logging/pino';
const MAX_THREADS = 65_536;

/** Made once in a process, in the thread that installs first; threads that start from then on have it. */
export function shareTable(): Uint8Array {
  const { getEnvironmentData, setEnvironmentData } = threads();
  const known = tableFrom(getEnvironmentData(KEY));
  if (known !== undefined) return known;
  const table = new SharedArrayBuffer(MAX_THREADS);
  setEnvironmentData(KEY, table as unknown as Parameters<typeof setEnvironmentData>[1]);
  return new Uint8Array(table);
}

let ownTable: Uint8Array | undefined;
let ownId = 0;

/** Whether what this thread gets from pino has been shipped by the thread that logged it. */
export function isShippedByParent(): boolean {
  if (ownTable === undefined) {
    const { getEnvironmentData, threadId } = threads();
    ownTable = tableFrom(getEnvironmentData(KEY)) ?? new Uint8Array();
    ownId = threadId;
  }
  return ownTable[ownId] === 1;
}

function tableFrom(data: unknown): Uint8Array | undefined {
  return data instanceof SharedArrayBuffer ? new Uint8Array(data) : undefined;
}

/** Required, since an import of the module reads more than is needed here. */
function threads(): typeof import('node:worker_threads') {
  return process.getBuiltinModule('node:worker_threads');
}
