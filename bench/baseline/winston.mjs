/** A transport for winston that ships its lines with as little work as possible. */
import { openConnection } from './connection.mjs';
import { encodeJson } from './encode.mjs';

const MESSAGE = Symbol.for('message');

/** Resolves with the transport once it is connected. `Transport`: winston's class. */
export async function baselineTransport(Transport, url) {
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  const send = await openConnection(url);
  return new (class extends Transport {
    log(info, done) {
      send(buffer, 0, encodeJson(buffer, info[MESSAGE]));
      done();
    }
  })();
}
