/** The runtime interface client of AWS Lambda before version 4, for Node 20 and handlers with callbacks. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureLambdaRuntime, type LambdaRuntime } from './lambda-runtime.ts';
import { pinnedPackages } from './pinned-packages.ts';

/** The client, with the addon of version 4, whose interface is the same: nothing is compiled for it. */
export async function ensureLambdaRuntime3(): Promise<LambdaRuntime> {
  const { addon, standIn } = await ensureLambdaRuntime();
  const nodeModules = await pinnedPackages({
    name: 'lambda-runtime-3',
    what: 'aws-lambda-ric 3',
    kind: addon === undefined ? 'stand-in' : `native-${process.platform}-${process.arch}`,
    async finish(installed) {
      const path = join(installed, 'aws-lambda-ric/dist/rapid-client.node');
      // With the stand-in an empty file, so that the client finds an addon to load.
      await (addon === undefined ? writeFile(path, '') : copyFile(addon, path));
    },
  });
  return {
    entry: join(nodeModules, 'aws-lambda-ric/bin/index.mjs'),
    takesHandler: true,
    nodeModules,
    addon,
    standIn,
    how: 'aws-lambda-ric 3.3.0',
  };
}
