/** Loads the preload in the worker threads of `pino.transport`, too, so that what they print is captured there. */

/** What thread-stream gives to the threads that it starts for pino. */
interface ThreadData {
  readonly dataBuf?: unknown;
  readonly stateBuf?: unknown;
}

interface ThreadOptions {
  readonly workerData?: ThreadData | null;
  readonly execArgv?: readonly string[];
}

/** Whether this is a worker thread that pino has started for its lines. */
export function isThreadOfPino(): boolean {
  const { isMainThread, workerData } = threads();
  return !isMainThread && isOfPino(workerData as ThreadData | null);
}

/**
 * If the program is an ES module with a preload, pino starts its threads without flags: a preload that logs would start
 * threads without end. Our preload starts no threads, so its flags are put back.
 * @param flags The flags that preload us.
 */
export function preloadThreads(flags: readonly string[]): () => void {
  const module = threads();
  const before = module.Worker;
  if (flags.length === 0) return () => {};
  const Worker = new Proxy(before, {
    construct(target, [file, given, ...rest]: [unknown, ThreadOptions | undefined], newTarget) {
      const isBare = given?.execArgv?.length === 0 && isOfPino(given.workerData);
      const options = isBare ? { ...given, execArgv: [...flags] } : given;
      return Reflect.construct(target, [file, options, ...rest], newTarget);
    },
  });
  Object.assign(module, { Worker });
  return () => {
    if (module.Worker === Worker) Object.assign(module, { Worker: before });
  };
}

function isOfPino(data: ThreadData | null | undefined): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  return data?.dataBuf instanceof SharedArrayBuffer && data.stateBuf instanceof SharedArrayBuffer;
}

/** Not imported, since an import of the module reads more than is needed here. */
function threads(): typeof import('node:worker_threads') {
  return process.getBuiltinModule('node:worker_threads');
}
