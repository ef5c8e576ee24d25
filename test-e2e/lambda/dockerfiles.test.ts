/**
 * The Dockerfiles of apps/lambda-example. In the matrix, and where a Docker engine can pull their base images, they are built
 * whole, which compiles AWS's runtime client.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LayerFiles, layOut, packLayer } from '../../apps/lambda-layer/layer.ts';
import { engineVersion } from '../environment/docker.ts';
import { isFullRun } from '../environment/extent.ts';
import { startFunctionContainer, withoutLastWords } from '../environment/function-container.ts';
import { pullImage } from '../environment/images.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { runCommand, tryCommand } from '../environment/run-command.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { EXAMPLE } from './example-events.ts';
import { eventFor, FUNCTIONS } from './example-functions.ts';

const APPS = fileURLToPath(new URL('../../apps/', import.meta.url));
const BUILD_TIMEOUT_MS = 900_000;
/** Both take the emulator from the first. */
const BASES = ['public.ecr.aws/lambda/nodejs:24', 'node:24-slim'];

let layer: LayerFiles;

beforeAll(async () => {
  layer = await packLayer();
});

const canBuild = await canBuildThem();

describe.each([
  { file: 'Dockerfile', flags: [] },
  { file: 'Dockerfile.slim', flags: ['--target=local'] },
])('$file', ({ file, flags }) => {
  it('loads what the layer has', async () => {
    const text = await readFile(EXAMPLE + file, 'utf8');
    const [, preload = ''] = /NODE_OPTIONS="--import \/opt\/([^"]+)"/.exec(text) ?? [];
    expect([...layer.keys()]).toContain(preload);
  });

  if (!canBuild) return;
  it('makes an image whose functions have every line stored', {
    timeout: BUILD_TIMEOUT_MS,
  }, async () => {
    await layOut(layer, `${APPS}lambda-layer/dist/opt`);
    const server = await startVictoriaLogs({ prefer: 'container' });
    const image = `direct-logging/${file.toLowerCase()}:${process.pid}`;
    try {
      const build = ['build', `--file=${EXAMPLE}${file}`, `--tag=${image}`, ...flags, APPS];
      await runCommand('docker', build, { timeoutMs: BUILD_TIMEOUT_MS });
      for (const example of FUNCTIONS) {
        const name = `lambda-hello-${randomUUID().slice(0, 8)}`;
        const container = await startFunctionContainer(image, example.handler, {
          VICTORIALOGS_URL: server.containerUrl ?? '',
          AWS_LAMBDA_FUNCTION_NAME: name,
        });
        await container.invoke(eventFor(example));
        await container.remove();
        const expected = [...example.atStart, ...example.messages];
        const query = `{container_name="${name}"} | sort by (_time)`;
        const rows = withoutLastWords(await server.queryWhen(query, expected.length));
        expect(rows.map(({ level, _msg }) => [level, _msg])).toEqual(expected);
      }
    } finally {
      await tryCommand('docker', ['rmi', '--force', image]);
      await server.stop();
    }
  });
});

async function canBuildThem(): Promise<boolean> {
  if (!isFullRun()) return false;
  const reason = await whyNot();
  if (reason !== undefined) sayOnStderr(`The Dockerfiles are not built whole: ${reason}`);
  return reason === undefined;
}

async function whyNot(): Promise<string | undefined> {
  if ((await engineVersion()) === undefined) return 'no Docker engine answers';
  for (const base of BASES) {
    if (!(await pullImage(base, sayOnStderr))) return `${base} cannot be pulled`;
  }
  return undefined;
}
