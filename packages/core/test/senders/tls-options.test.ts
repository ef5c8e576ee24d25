import { execFile } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { tlsOptions } from '../../src/senders/tls-options.ts';

it.each([
  ['vl.monitoring.svc', 'vl.monitoring.svc'],
  ['vl.monitoring.svc.cluster.local.', 'vl.monitoring.svc.cluster.local'],
  ['127.0.0.1', ''],
])('asks for the certificate of %s as SNI may have it', (hostname, servername) => {
  expect(tlsOptions(hostname).servername).toBe(servername);
});

it('a name on Object.prototype does not make Node print a trace', async () => {
  const server = createServer((socket) => void socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const program = `
    const { tlsOptions } = await import(${JSON.stringify(new URL('../../src/senders/tls-options.ts', import.meta.url))});
    Object.prototype.enableTrace = true;
    const options = { ...tlsOptions('localhost'), host: '127.0.0.1', port: ${port} };
    const { connect } = process.getBuiltinModule('node:tls');
    connect(options).on('error', (error) => console.log(error.code));`;
  const args = ['--input-type=module', '-e', program];
  const printed = await promisify(execFile)(process.execPath, args);
  server.close();
  expect(printed).toEqual({ stdout: 'ECONNRESET\n', stderr: '' });
});
