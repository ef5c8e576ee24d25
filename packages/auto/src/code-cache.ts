/**
 * Makes V8's code cache of the preload for the Node that runs this: a step of building an image. First it ships a line to its
 * own server, so that everything a first line needs is compiled.
 */
import type { AddressInfo } from 'node:net';
import { compose } from './compose.ts';
import { codeCacheIn, loadFirstFile, writeCodeCache } from './first-file.ts';

const TIMEOUT_MS = 2_000;

const server = process.getBuiltinModule('node:http').createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(204).end());
});
server.listen(0, '127.0.0.1', () => void makeIn(import.meta.dirname));

async function makeIn(folder: string): Promise<void> {
  const { port } = server.address() as AddressInfo;
  process.env.VICTORIALOGS_URL = `http://127.0.0.1:${port}`;
  const script = loadFirstFile(folder);
  const registration = compose();
  await registration?.transport.ready(TIMEOUT_MS);
  console.log(codeCacheIn(folder));
  await registration?.transport.close({ timeoutMs: TIMEOUT_MS });
  writeCodeCache(folder, script);
  server.close();
  server.closeAllConnections();
}
