/** How long the server keeps lines, as its metrics say: it drops older ones, and still acknowledges them. @lazy */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { bareOptions } from '../../process/bare-options.ts';
import { guarded } from '../../process/guard.ts';
import { inOwnContext } from '../../process/own-context.ts';
import { parseRetention } from '../../record/parse-retention.ts';
import { DAY_MS } from '../../record/retention.ts';
import type { Endpoint } from '../../senders/endpoint.ts';
import { tlsOptions } from '../../senders/tls-options.ts';

const TIMEOUT_MS = 5_000;
const MAX_METRICS_BYTES = 2 ** 22;
const INSERT = /\/insert\/jsonline$/;
const FLAG = /^flag\{name="retentionPeriod", value="([^"]*)"/m;
/** A node that passes lines on has the flag, too, but those that store them decide. */
const PASSES_ON = /^flag\{name="storageNode", value="[^"]/m;

/** The server's `-retentionPeriod`. Undefined when the metrics do not tell. */
export function retentionIn(metrics: string): string | undefined {
  return PASSES_ON.test(metrics) ? undefined : FLAG.exec(metrics)?.[1];
}

export class ServerRetention {
  /** True when a file has lines that the server might drop, and it is not known yet. */
  isWanted = false;
  /** Lines that got the present time because nobody knows. */
  guessed = 0;
  /** Undefined while nobody has asked. */
  #known: number | 'nobody knows' | undefined;
  #asking: Promise<number | undefined> | undefined;
  readonly #ask: () => Promise<number | undefined>;

  /** @param settingMs In milliseconds; undefined when no setting says it. */
  constructor(
    endpoint: Endpoint,
    headers: Readonly<Record<string, string>>,
    settingMs: number | undefined,
  ) {
    this.#ask = async () => (await askRetention(endpoint, headers, TIMEOUT_MS)) ?? settingMs;
  }

  /** In milliseconds: the shortest that a server can have, as long as it is not known. */
  get ms(): number {
    return typeof this.#known === 'number' ? this.#known : DAY_MS;
  }

  /** Whether lines can be read back if this many of them get the present time. If not, the server has to be asked first. */
  admit(retimed: number): boolean {
    if (retimed > 0 && this.#known === undefined) this.isWanted = true;
    else if (this.#known === 'nobody knows') this.guessed += retimed;
    return retimed === 0 || this.#known !== undefined;
  }

  /** Asks the server. If it cannot be reached, the lines wait. Never rejects. */
  async learn(): Promise<void> {
    this.#asking ??= this.#ask();
    try {
      this.#known = (await this.#asking) ?? 'nobody knows';
      this.isWanted = false;
    } catch {
      this.#asking = undefined;
    }
  }
}

/** In milliseconds; undefined when the server does not tell. Rejects when it cannot be reached. Does not keep the event loop alive. */
export async function askRetention(
  { protocol, hostname, port, socketPath, path }: Endpoint,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<number | undefined> {
  const isSecure = protocol === 'https:';
  const { ClientRequest } = process.getBuiltinModule('node:http');
  const { Agent } = process.getBuiltinModule(isSecure ? 'node:https' : 'node:http');
  const to = socketPath === '' ? { hostname, port } : { socketPath };
  // Throws if a credential cannot be read.
  const given = Object.entries(headers);
  const metrics = await new Promise<string>((resolve, reject) => {
    const options = {
      ...to,
      protocol,
      ...(isSecure ? tlsOptions(hostname) : {}),
      path: path.replace(INSERT, '/metrics'),
      // Not the program's agent, which may lead through a proxy: that would see the credentials. Nor is it asked for with Node's `get`:
      // packages such as global-agent replace that with a function that takes their own agent.
      agent: new Agent(),
    };
    const request = inOwnContext(() => new ClientRequest(bareOptions(options)));
    // Not with the options, which `NODE_DEBUG=net` prints.
    for (const [name, value] of given) request.setHeader(name, value);
    inOwnContext(() => request.end());
    const giveUp = guarded(() => request.destroy(new Error('timeout')));
    const timer = inOwnContext(() => setTimeout(giveUp, timeoutMs).unref());
    const when = <Args extends unknown[]>(event: string, act: (...args: Args) => void) =>
      request.on(event, guarded(act, reject) as () => void);
    when('socket', (socket: Socket) => socket.unref());
    when('error', reject);
    // Without this listener Node drops the connection, and tells of nothing but its end.
    when('upgrade', (_, socket: Socket) => {
      socket.destroy();
      reject(new Error('another protocol'));
    });
    when('close', () => clearTimeout(timer));
    when('response', (response: IncomingMessage) => void textOf(response).then(resolve, reject));
  });
  return parseRetention(retentionIn(metrics) ?? '');
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const bytes of response.setEncoding('utf8')) {
    text += bytes;
    if (text.length > MAX_METRICS_BYTES) break;
  }
  return response.statusCode === 200 ? text : '';
}
