/** Functions under the real runtime client against a real VictoriaLogs: what every file of Lambda tests starts with. */
import { randomUUID } from 'node:crypto';
import {
  type FunctionProcess,
  functionProcess,
  type RunningFunction,
  startFunction,
} from '../environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import {
  type Answer,
  type InvokeOptions,
  type RuntimeApi,
  type RuntimeApiOptions,
  startRuntimeApi,
} from '../environment/runtime-api.ts';
import {
  type ScratchOptions,
  type ScratchProject,
  scratchProject,
} from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import type { Row } from '../environment/victorialogs-queries.ts';

/** What a function is started with. */
export interface LaunchOptions {
  /** `file.export`. */
  readonly handler: string;
  /** Default: `--import @direct-logging/auto`. */
  readonly nodeOptions?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the Node that runs this. */
  readonly node?: string | undefined;
  /** Default: aws-lambda-ric 4. */
  readonly runtime?: LambdaRuntime | undefined;
  /** SIGSTOP when it asks for an invocation, as AWS freezes it, until it gets one. */
  readonly freezeAtNext?: boolean;
  /** SIGKILL when its n-th answer arrives, before it learns that it has. */
  readonly killAtAnswer?: number;
  /** Default: extensions can register. */
  readonly refusesExtensions?: boolean;
  /** Called at every arrival, after that. */
  readonly onArrival?: RuntimeApiOptions['onArrival'];
}

/** A running function of a name of its own, so that its records are found on a server that others use too. */
export interface LaunchedFunction {
  readonly name: string;
  readonly api: RuntimeApi;
  readonly running: RunningFunction;
  /** Invokes it, thawed, with the event; the request id is random unless it is given. */
  invoke(event: object, options?: InvokeOptions): Promise<Answer & { readonly requestId: string }>;
  /** Its records as soon as there are `count` of them, in the order of writing; throws when one is there twice. */
  rows(count: number): Promise<Row[]>;
}

/** The server and a folder with the packages and the handlers. */
export interface Functions {
  readonly server: VictoriaLogs;
  readonly project: ScratchProject;
  launch(options: LaunchOptions): Promise<LaunchedFunction>;
  /** Command and environment of a function, to be started by somebody else. */
  processOf(options: LaunchOptions & { readonly name: string }): FunctionProcess;
  /** The records of this function: see `LaunchedFunction.rows`. */
  rowsOf(name: string, count: number): Promise<Row[]>;
  /** Done in reverse order by `end`. */
  readonly undo: (() => Promise<unknown>)[];
  /** Ends the functions that run: after each test. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server and makes the folder. */
export async function startFunctions(
  options: Pick<ScratchOptions, 'files' | 'dependencies'>,
): Promise<Functions> {
  const server = await startVictoriaLogs();
  const standard = await ensureLambdaRuntime();
  const project = await scratchProject(options);
  const undo: (() => Promise<unknown>)[] = [];

  const processOf: Functions['processOf'] = ({ name, handler, node, env, ...rest }) =>
    functionProcess({
      runtime: rest.runtime ?? standard,
      folder: project.folder,
      handler,
      nodeOptions: rest.nodeOptions ?? '--import @direct-logging/auto',
      node,
      env: { VICTORIALOGS_URL: server.url, AWS_LAMBDA_FUNCTION_NAME: name, ...env },
    });

  const rowsOf: Functions['rowsOf'] = async (name, count) => {
    const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, count);
    expectNoneTwice(rows);
    return rows;
  };

  async function launch(how: LaunchOptions): Promise<LaunchedFunction> {
    const name = uniqueName();
    let running: RunningFunction | undefined;
    let answers = 0;
    const onArrival: RuntimeApiOptions['onArrival'] = (arrival) => {
      if (arrival.kind === 'next' && how.freezeAtNext) running?.signal('SIGSTOP');
      if (arrival.kind === 'response' && ++answers === how.killAtAnswer) running?.signal('SIGKILL');
      how.onArrival?.(arrival);
    };
    const api = await startRuntimeApi({
      onArrival,
      refusesExtensions: how.refusesExtensions,
    });
    undo.push(() => api.stop());
    const started = await startFunction(processOf({ ...how, name }), api);
    running = started;
    undo.push(started.stop);
    return {
      name,
      api,
      running: started,
      rows: (count) => rowsOf(name, count),
      async invoke(event, invokeOptions) {
        const requestId = invokeOptions?.requestId ?? randomUUID();
        const answer = api.invoke(event, { ...invokeOptions, requestId });
        started.signal('SIGCONT');
        return { ...(await answer), requestId };
      },
    };
  }

  const end = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  return {
    server,
    project,
    launch,
    processOf,
    rowsOf,
    undo,
    end,
    async stop() {
      await end();
      await project.remove();
      await server.stop();
    },
  };
}

/** A name that no other function has. */
export function uniqueName(): string {
  return `lambda-hello-${randomUUID().slice(0, 8)}`;
}

/** Numbers repeat only when a record was stored twice: they count the records of one process or thread. */
function expectNoneTwice(rows: readonly Row[]): void {
  const seen = new Set<string>();
  const ids = rows.map((row) => `${row['shipper.id']} ${row['shipper.seq']}`);
  const twice = ids.filter((id) => seen.has(id) || !seen.add(id));
  if (twice.length > 0) throw new Error(`Records that are stored twice: ${twice.join(', ')}`);
}
