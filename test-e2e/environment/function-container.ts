/** A function in a container: Node, the runtime client, our Runtime API and the function, and nothing else. */
import { fileURLToPath } from 'node:url';
import { buildNodeImage, type RunningContainer, runContainer } from './docker.ts';
import { invokeAt, untilAnswering } from './front-door.ts';
import { functionEnvironment } from './lambda-function.ts';
import type { LambdaRuntime } from './lambda-runtime.ts';
import { tryCommand } from './run-command.ts';
import type { Answer, InvokeOptions } from './runtime-api.ts';

/** What to run. */
export interface FunctionImageOptions {
  readonly runtime: LambdaRuntime;
  /** The function with its packages. */
  readonly folder: string;
  /** Path of a Node binary. */
  readonly node: string;
}

/** An image with the function. */
export interface FunctionImage {
  /** Starts a container of it. */
  start(options: {
    readonly handler: string;
    readonly nodeOptions?: string | undefined;
    readonly env?: Readonly<Record<string, string>> | undefined;
  }): Promise<FunctionContainer>;
  remove(): Promise<void>;
}

/** A running container with the function. */
interface FunctionContainer extends Pick<RunningContainer, 'logs' | 'remove'> {
  /** Resolves as soon as the function has given its answer, before it asks for its next invocation. */
  invoke(event: unknown, options?: InvokeOptions): Promise<Answer>;
}

const HERE = fileURLToPath(new URL('./', import.meta.url));
const TASK = '/var/task';
const RUNTIME = '/lambda/node_modules';
const STAND_IN = '/lambda/js-rapid-client.cjs';
const PORT = 8080;

/** Builds the image. */
export async function buildFunctionImage({
  runtime,
  folder,
  node,
}: FunctionImageOptions): Promise<FunctionImage> {
  const image = `direct-logging/function:${process.pid}`;
  await buildNodeImage({
    image,
    node,
    libraries: runtime.addon === undefined ? [] : [runtime.addon],
    files: {
      [TASK]: folder,
      [RUNTIME]: runtime.nodeModules,
      '/lambda/runtime-api.ts': `${HERE}runtime-api.ts`,
      '/lambda/runtime-api-program.ts': `${HERE}runtime-api-program.ts`,
      ...(runtime.standIn === undefined ? {} : { [STAND_IN]: runtime.standIn }),
    },
  });
  const inImage = {
    entry: `${RUNTIME}/aws-lambda-ric/index.mjs`,
    standIn: runtime.standIn && STAND_IN,
  };
  return {
    async start({ handler, nodeOptions, env }) {
      const { NODE_OPTIONS, ...variables } = functionEnvironment({
        runtime: inImage,
        folder: TASK,
        handler,
        nodeOptions,
      });
      const container = await runContainer({
        image,
        args: ['/lambda/runtime-api-program.ts', String(PORT), '/usr/bin/node', inImage.entry],
        env: { ...variables, FUNCTION_NODE_OPTIONS: NODE_OPTIONS ?? '', ...env },
        ports: [PORT],
        flags: [`--workdir=${TASK}`],
      });
      return withInvoke(container);
    },
    async remove() {
      await tryCommand('docker', ['rmi', '--force', image]);
    },
  };
}

async function withInvoke(container: RunningContainer): Promise<FunctionContainer> {
  const port = await container.inspect(
    `{{(index (index .NetworkSettings.Ports "${PORT}/tcp") 0).HostPort}}`,
  );
  await untilAnswering(Number(port)).catch(async (error: Error) => {
    throw new Error(`${error.message} The container printed:\n${await container.logs()}`);
  });
  return {
    logs: container.logs,
    remove: container.remove,
    invoke: (event, options) => invokeAt(Number(port), event, options),
  };
}
