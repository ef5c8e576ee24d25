/** Runs the example function in a container for the demo, which is removed by force right after the last answer. */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOut, packLayer } from '../../apps/lambda-layer/layer.ts';
import { buildFunctionImage, type FunctionImage } from '../environment/function-container.ts';
import { ensureLambdaRuntime } from '../environment/lambda-runtime.ts';
import { during, type Say } from '../environment/progress.ts';
import { EXAMPLE, HANDLER, type OrderEvent, SETTINGS } from './function-run.ts';

/** Builds the image, invokes the function once for each event, removes the container, and says so. */
export async function runInContainer(
  victoriaLogsUrl: string,
  invocations: readonly OrderEvent[],
  say: Say,
): Promise<void> {
  const image = await during(say, 'Building an image with the function', () => buildImage(say));
  try {
    const settings = { ...SETTINGS, VICTORIALOGS_URL: victoriaLogsUrl };
    const container = await image.start(HANDLER, settings);
    try {
      for (const event of invocations) await container.invoke(event);
    } finally {
      await container.remove();
    }
    say('  removed by force right after its last answer');
  } finally {
    await image.remove();
  }
}

async function buildImage(say: Say): Promise<FunctionImage> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-demo-'));
  const task = join(folder, 'task');
  const opt = join(folder, 'opt');
  try {
    await mkdir(task);
    for (const file of ['index.js', 'package.json']) {
      await copyFile(join(EXAMPLE, file), join(task, file));
    }
    await layOut(await packLayer(), opt);
    const runtime = await ensureLambdaRuntime({ say });
    return await buildFunctionImage({ task, opt, runtime, say });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
