/** The proxy of `tls-proxy.ts` in a process of its own, so that a busy test does not slow it: prints the port it listens on. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer } from 'node:tls';

const [keyPath = '', certificatePath = '', hostname = '', port = ''] = process.argv.slice(2);
const options = { key: readFileSync(keyPath), cert: readFileSync(certificatePath) };
const proxy = createServer(options, (client) => {
  const server = connect(Number(port), hostname);
  const endTogether = (socket: Duplex, other: Duplex): void => {
    socket.on('error', () => other.destroy());
    socket.pipe(other);
  };
  endTogether(client, server);
  endTogether(server, client);
});
proxy.on('tlsClientError', () => {});
proxy.listen(0, '127.0.0.1', () => console.log((proxy.address() as AddressInfo).port));
// The test has gone.
process.stdin.on('end', () => process.exit()).resume();
