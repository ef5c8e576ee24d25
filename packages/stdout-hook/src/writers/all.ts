/** All writers that are known: each has a file, but for `node --test`. */
import type { WriterPlugin } from '../capture.ts';
import { lambdaClient } from './lambda-client.ts';
import { pm2 } from './pm2.ts';

/** The writers of this process. Usually none. */
export function lineWriters(env: NodeJS.ProcessEnv): WriterPlugin[] {
  const writers: WriterPlugin[] = [];
  if (env.AWS_LAMBDA_RUNTIME_API !== undefined) writers.push(lambdaClient(env));
  if (env.NODE_TEST_CONTEXT !== undefined) writers.push({ isProtocol: isReport });
  if (process.send !== undefined) writers.push(pm2());
  return writers;
}

/**
 * Whether this is a report that a child of `node --test` sends to the runner, between what the tests print. It begins with a header of
 * V8's serializer, four bytes of length, and the header again. Text does not begin like this in any encoding.
 * https://github.com/nodejs/node/blob/main/lib/internal/test_runner/reporter/v8-serializer.js
 */
function isReport(bytes: Buffer): boolean {
  return bytes.length > 7 && bytes.readUInt16BE(0) === 0xff0f && bytes.readUInt16BE(6) === 0xff0f;
}
