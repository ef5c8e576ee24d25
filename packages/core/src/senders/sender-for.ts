/** Which sender fits an endpoint and the platform. */
import { debug } from '../process/debug.ts';
import type { Sender, SenderHost, SenderSettings } from './sender.ts';
import { UndiciSender } from './undici-sender.ts';
import { WriteThroughSender } from './write-through/write-through.ts';

/** The sender to begin with. */
export function senderFor(settings: SenderSettings, host: SenderHost): Sender {
  const obstacle = obstacleTo(settings);
  if (obstacle !== undefined) return portableSender(settings, host, obstacle);
  return new WriteThroughSender(settings, host);
}

/** The sender that works on every platform. Writes the reason for its use to the debug output. */
export function portableSender(settings: SenderSettings, host: SenderHost, reason: string): Sender {
  debug(`${reason}: sending through undici`);
  return new UndiciSender(settings, host);
}

function obstacleTo({ endpoint, tlsWriteThrough }: SenderSettings): string | undefined {
  if (process.platform === 'win32') return 'Windows shows no descriptor of a socket';
  // Finding that out would take a connection, and a short program ends before there is one.
  if (process.versions.deno !== undefined) return 'Deno shows no descriptor of a socket';
  const isOff = endpoint.protocol === 'https:' && !tlsWriteThrough;
  return isOff ? 'VICTORIALOGS_TLS_WRITE_THROUGH is off' : undefined;
}
