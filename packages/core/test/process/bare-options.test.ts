/** What a program has put on `Object.prototype` changes nothing of our connections. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { withoutInherited } from '../../src/process/bare-options.ts';
import {
  makeCertificate,
  removeCertificates,
  startTlsServer,
} from '../senders/write-through/tls/tls-server.ts';

const CORE = new URL('../../dist/index.js', import.meta.url);
/** Node reads each of these when it makes a stream, a socket or a TLS connection. */
const VALUES = {
  signal: 'AbortSignal.abort()',
  objectMode: 'true',
  readableHighWaterMark: '"none"',
  typeOfService: '"none"',
  blockList: '"none"',
  pauseOnCreate: 'true',
  handle: '{}',
};

/** Delivers a line for each name. Returns what was printed. */
async function deliver(url: string, certificate?: string): Promise<string[]> {
  const program = `
    const { createTransport } = await import(${JSON.stringify(CORE)});
    // Node makes both with options of its own, which inherit the names.
    const { stdout, stderr } = process;
    for (const [name, value] of ${JSON.stringify(Object.entries(VALUES))}) {
      Object.prototype[name] = eval(value);
      const transport = createTransport({ url: ${JSON.stringify(url)} });
      await transport.ready(30_000);
      transport.write({ text: name });
      const { complete } = await transport.flush({ timeoutMs: 10_000 });
      delete Object.prototype[name];
      stdout.write(name + ' ' + complete + '\\n');
    }`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', program],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate } },
  );
  return [...stdout.split('\n'), ...stderr.split('\n')].filter((line) => line !== '');
}

const DELIVERED = Object.keys(VALUES).map((name) => `${name} true`);

it('http', async () => {
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  expect(await deliver(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).toEqual(
    DELIVERED,
  );
}, 60_000);

it('https', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bare-options-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  onTestFinished(removeCertificates);
  const certificate = makeCertificate();
  writeFileSync(join(folder, 'ca'), certificate.cert);
  const { port } = await startTlsServer({ certificate, onClose: onTestFinished });
  expect(await deliver(`https://localhost:${port}`, join(folder, 'ca'))).toEqual(DELIVERED);
}, 60_000);

it('gives the program back what it has put there, also if the step throws', () => {
  const { prototype } = Object;
  const before = Object.getOwnPropertyNames(prototype);
  const put = { get: () => 'be', configurable: true, enumerable: true };
  Object.defineProperty(prototype, 'ought', put);
  const isInherited = withoutInherited(() => 'ought' in {});
  let thrown: unknown;
  try {
    withoutInherited(() => {
      throw new Error('thrown');
    });
  } catch (error) {
    thrown = error;
  }
  const after = Object.getOwnPropertyDescriptor(prototype, 'ought');
  Reflect.deleteProperty(prototype, 'ought');
  expect(isInherited).toBe(false);
  expect(thrown).toEqual(new Error('thrown'));
  expect(after).toMatchObject(put);
  expect(Object.getOwnPropertyNames(prototype)).toEqual(before);
});
