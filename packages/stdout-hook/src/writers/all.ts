/** All writers that are known. */
import { lambdaClient } from './lambda-client.ts';
import { testReporter } from './node-test.ts';
import type { WriterPlugin } from './plugin.ts';
import { pm2 } from './pm2.ts';

/** The writers of this process. Usually none. */
export function lineWriters(env: NodeJS.ProcessEnv): WriterPlugin[] {
  const writers: WriterPlugin[] = [];
  if (env.AWS_LAMBDA_RUNTIME_API !== undefined) writers.push(lambdaClient(env));
  if (env.NODE_TEST_CONTEXT !== undefined) writers.push(testReporter());
  if (process.send !== undefined) writers.push(pm2());
  return writers;
}
