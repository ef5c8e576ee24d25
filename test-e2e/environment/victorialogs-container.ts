/** VictoriaLogs in a container, through Testcontainers, removed with direct-logging. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { undoAtExit } from './cleanup.ts';
import { CONTAINER_LABEL, OWNER_LABEL, removeLeftoverContainers } from './docker.ts';
import type { Server, ServerEnd, VictoriaLogsOptions } from './victorialogs-options.ts';
import { freePort, pathPrefixOf } from './victorialogs-process.ts';
import { isHealthy } from './victorialogs-queries.ts';

const PORT = 9428;
const START_TIMEOUT_MS = 60_000;

/** Starts a container of the image and waits until it answers. */
export async function containerServer(
  image: string,
  options: VictoriaLogsOptions,
): Promise<Server> {
  await removeLeftoverContainers();
  // Testcontainers' own cleaner is one more image to pull; ours are labelled and removed without it.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  // Loaded here because it takes half a second, and only containers need it.
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
  // A port of our choice, because one that the engine chooses changes with every start.
  const port = options.port ?? (await freePort());
  const prefix = pathPrefixOf(options);
  const name = `${CONTAINER_LABEL}-${randomUUID()}`;
  // By its name, so that it goes even if we end while it starts.
  const forget = undoAtExit(() => {
    spawnSync('docker', ['rm', '--force', '--volumes', name], { stdio: 'ignore' });
  });
  const started = await new GenericContainer(image)
    .withName(name)
    .withExposedPorts({ container: PORT, host: port })
    .withCommand([...(options.args ?? [])])
    .withLabels({ [CONTAINER_LABEL]: 'victorialogs', [OWNER_LABEL]: String(process.pid) })
    // The image has no shell, in which the other strategies look for the port.
    .withWaitStrategy(Wait.forHttp(`${prefix}/health`, PORT).forStatusCode(200))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  const id = started.getId();
  const at = (host: string) => `http://${host}:${port}${prefix}`;
  // As of a process, where that is the same machine. Testcontainers may name the gateway of the containers' network.
  const url = (await isHealthy(at('127.0.0.1'))) ? at('127.0.0.1') : at(started.getHost());
  const { container: containers } = await getContainerRuntimeClient();
  const container = containers.getById(id);
  await untilHealthy(url);
  const address = Object.values((await container.inspect()).NetworkSettings.Networks)[0]?.IPAddress;
  return {
    url,
    containerUrl: `http://${address}:${PORT}${prefix}`,
    async send(signal) {
      await container.kill({ signal });
    },
    async end(signal): Promise<ServerEnd> {
      if ((await container.inspect()).State.Running) {
        await container.kill({ signal });
        await container.wait();
      }
      return endOf((await container.inspect()).State.ExitCode);
    },
    async start() {
      await container.start();
      await untilHealthy(url);
    },
    async discard() {
      await container.remove({ force: true, v: true });
      forget();
    },
  };
}

async function untilHealthy(url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isHealthy(url))) {
    if (Date.now() > deadline) throw new Error(`VictoriaLogs did not start at ${url}.`);
    await sleep(15);
  }
}

/** An engine says 128 + n for a process that ended by signal n. */
function endOf(exitCode: number): ServerEnd {
  if (exitCode === 137) return { code: null, signal: 'SIGKILL' };
  return { code: exitCode, signal: null };
}
