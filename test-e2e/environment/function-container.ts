/**
 * Functions in containers, on the base image with the preload that the Dockerfile of apps/lambda-example makes: of AWS's
 * base image, or where that cannot be had, of a stand-in with Node, the runtime client and our Runtime API.
 */
import { cp, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningContainer, runContainer } from './docker.ts';
import { invokeAt, untilAnswering } from './front-door.ts';
import { buildImage, buildNodeImage, place, pullImage } from './images.ts';
import { functionEnvironment } from './lambda-function.ts';
import type { LambdaRuntime } from './lambda-runtime.ts';
import type { Say } from './progress.ts';
import { runCommand, tryCommand } from './run-command.ts';
import type { Answer, InvokeOptions } from './runtime-api.ts';
import type { Row } from './victorialogs-queries.ts';

/** What to build. */
export interface FunctionImageOptions {
  /** The functions with their packages, but without ours: what belongs in /var/task. */
  readonly task: string;
  /** The preload, as `npm run layer` lays it out: what belongs in /opt. */
  readonly opt: string;
  /** The runtime client of the stand-in. */
  readonly runtime: LambdaRuntime;
  readonly say: Say;
}

/** An image with functions. */
export interface FunctionImage {
  /** Starts a container of it with a function: `file.export`. */
  start(handler: string, env: Readonly<Record<string, string>>): Promise<FunctionContainer>;
  remove(): Promise<void>;
}

/** A running container with a function. */
interface FunctionContainer extends Pick<RunningContainer, 'logs' | 'remove'> {
  /** Resolves when the function has given its answer; on the stand-in before it asks for its next invocation. */
  invoke(event: unknown, options?: InvokeOptions): Promise<Answer>;
}

/** What the runtime client says, with its addon or the stand-in, when the emulator is gone a moment before itself. */
const LAST_WORDS = /Failed to get next invocation|socket hang up|ECONNRESET|ECONNREFUSED/;

const HERE = fileURLToPath(new URL('./', import.meta.url));
const APPS = fileURLToPath(new URL('../../apps/', import.meta.url));
const TASK = '/var/task';
const CLIENT = '/var/runtime/index.mjs';
const ADDON_STAND_IN = '/lambda/js-rapid-client.cjs';
const PORT = 8080;
const PULL_TIMEOUT_MS = 60_000;

/** Builds the image, and says what it stands on. */
export async function buildFunctionImage(options: FunctionImageOptions): Promise<FunctionImage> {
  const dockerfile = await readFile(`${APPS}lambda-example/Dockerfile`, 'utf8');
  const [, aws = ''] = /^ARG BASE=(\S+)$/m.exec(dockerfile) ?? [];
  const names = ['stand-in', 'base', 'function'] as const;
  const [standIn, base, image] = names.map((name) => `direct-logging/${name}:${process.pid}`) as [
    string,
    string,
    string,
  ];
  const isAws = await pullImage(aws, options.say, PULL_TIMEOUT_MS);
  if (!isAws) {
    await buildStandIn(standIn, options);
    options.say(`  In place of ${aws}: Node, the runtime client and a Runtime API of our own`);
  }
  await buildImage(
    base,
    async (context) => {
      await cp(`${APPS}.dockerignore`, join(context, '.dockerignore'));
      await cp(options.opt, join(context, 'lambda-layer/dist/opt'), { recursive: true });
      return [dockerfile];
    },
    ['--target=base', `--build-arg=BASE=${isAws ? aws : standIn}`],
  );
  await buildImage(image, async (context) => {
    await place(context, TASK, options.task);
    return [`FROM ${base}`, `COPY .${TASK} ${TASK}/`];
  });
  return {
    async start(handler, env) {
      const more = isAws ? {} : await standInEnvironment(image, handler, options.runtime);
      return startFunctionContainer(image, handler, { ...more, ...env });
    },
    async remove() {
      await tryCommand('docker', ['rmi', '--force', image, base, standIn]);
    },
  };
}

/** What a function has printed itself, also when its container was removed by force. */
export function withoutLastWords(rows: readonly Row[]): readonly Row[] {
  const last = rows.findLastIndex(({ _msg }) => !LAST_WORDS.test(_msg ?? ''));
  return rows.slice(0, last + 1);
}

/** As in AWS's image the name of the handler is the only argument. */
async function buildStandIn(image: string, { runtime }: FunctionImageOptions): Promise<void> {
  const addon = join(dirname(runtime.entry), 'rapid-client.node');
  await buildNodeImage({
    image,
    libraries: runtime.addon === undefined ? [] : [runtime.addon],
    files: {
      [CLIENT]: runtime.entry,
      [join(dirname(CLIENT), 'rapid-client.node')]: addon,
      '/lambda/runtime-api.ts': `${HERE}runtime-api.ts`,
      '/lambda/runtime-api-program.ts': `${HERE}runtime-api-program.ts`,
      ...(runtime.standIn === undefined ? {} : { [ADDON_STAND_IN]: runtime.standIn }),
    },
    entrypoint: ['/lambda/runtime-api-program.ts', String(PORT), '/usr/bin/node', CLIENT],
    workdir: TASK,
  });
}

/** The Node options of the image are for the function, and not for the Runtime API that starts it. */
async function standInEnvironment(
  image: string,
  handler: string,
  runtime: LambdaRuntime,
): Promise<Record<string, string>> {
  const template = '{{range .Config.Env}}{{println .}}{{end}}';
  const variables = await runCommand('docker', ['image', 'inspect', '-f', template, image]);
  const [, nodeOptions] = /^NODE_OPTIONS=(.*)$/m.exec(variables) ?? [];
  const { NODE_OPTIONS, ...env } = functionEnvironment({
    runtime: { entry: CLIENT, standIn: runtime.standIn && ADDON_STAND_IN },
    folder: TASK,
    handler,
    nodeOptions,
  });
  return { ...env, NODE_OPTIONS: '', FUNCTION_NODE_OPTIONS: NODE_OPTIONS ?? '' };
}

/** Starts a container of an image that takes the name of its handler and invocations on port 8080, as AWS's images do. */
export async function startFunctionContainer(
  image: string,
  handler: string,
  env: Readonly<Record<string, string>>,
): Promise<FunctionContainer> {
  const container = await runContainer({ image, args: [handler], env, ports: [PORT] });
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
