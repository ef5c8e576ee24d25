/**
 * The first process of a container with a function: `node runtime-api-program.ts port command …` starts the Runtime API
 * and the function, and takes invocations on the port. Imports only what stands beside it in the image. The function's
 * own NODE_OPTIONS come as FUNCTION_NODE_OPTIONS, since they are not for this process.
 */
import { spawn } from 'node:child_process';
import { startRuntimeApi } from './runtime-api.ts';

const [port, command = '', ...args] = process.argv.slice(2);
const api = await startRuntimeApi({ host: '0.0.0.0', port: Number(port) });
const child = spawn(command, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
    NODE_OPTIONS: process.env.FUNCTION_NODE_OPTIONS,
  },
});
child.on('exit', () => api.functionEnded());
child.on('error', () => api.functionEnded());
