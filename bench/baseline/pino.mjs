/** A destination for pino that ships its lines with as little work as possible. */
import { openConnection } from './connection.mjs';
import { encodeJson } from './encode.mjs';

/** Resolves with the destination once it is connected. */
export async function baselineDestination(url) {
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  const send = await openConnection(url, process.env.BENCH_EACH);
  return { write: (line) => send(buffer, 0, encodeJson(buffer, line.slice(0, -1))) };
}
