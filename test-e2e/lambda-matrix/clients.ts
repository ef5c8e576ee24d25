/** The runtime clients of the matrix, and the Nodes that each is run on. */
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import { ensureLambdaRuntime3 } from '../environment/lambda-runtime-3.ts';
import type { NodeMajor } from '../environment/nodes.ts';

/** One of them. */
export interface Client {
  readonly name: 'ric 4' | 'ric 3' | 'managed runtime' | 'managed instance' | 'log socket';
  readonly title: string;
  readonly majors: readonly NodeMajor[];
  readonly env?: Readonly<Record<string, string>>;
  readonly knowsCallbacks?: true;
  /** Several invocations at a time: no process is frozen between two of them. */
  readonly isConcurrent?: true;
  /** The platform takes the lines of the console on a socket, and not on stdout. */
  readonly hasLogSocket?: true;
}

const MANAGED_INSTANCE = { AWS_LAMBDA_MAX_CONCURRENCY: '4', AWS_LAMBDA_NODEJS_WORKER_COUNT: '1' };

export const CLIENTS: readonly Client[] = [
  { name: 'ric 4', title: 'aws-lambda-ric 4', majors: [22, 24, 26] },
  { name: 'ric 3', title: 'aws-lambda-ric 3', majors: [20], knowsCallbacks: true },
  { name: 'managed runtime', title: 'laid out as in `/var/runtime`', majors: [24] },
  {
    name: 'managed instance',
    title: 'Managed Instance',
    majors: [22, 24, 26],
    env: MANAGED_INSTANCE,
    isConcurrent: true,
  },
  {
    name: 'log socket',
    title: 'Managed Instance with a socket for its log',
    majors: [22, 24, 26],
    env: MANAGED_INSTANCE,
    isConcurrent: true,
    hasLogSocket: true,
  },
];

/** The files of each; `folder` may be written to. */
export async function runtimesIn(folder: string): Promise<Record<Client['name'], LambdaRuntime>> {
  const standard = await ensureLambdaRuntime();
  return {
    'ric 4': standard,
    'ric 3': await ensureLambdaRuntime3(),
    'managed runtime': await asManagedRuntime(standard, join(folder, 'var/runtime')),
    'managed instance': standard,
    'log socket': standard,
  };
}

/** The client and its addon in one folder, and no package around them. */
async function asManagedRuntime(standard: LambdaRuntime, folder: string): Promise<LambdaRuntime> {
  await mkdir(folder, { recursive: true });
  for (const file of ['index.mjs', 'rapid-client.node']) {
    await copyFile(join(dirname(standard.entry), file), join(folder, file));
  }
  return { ...standard, entry: join(folder, 'index.mjs') };
}
