/** Requests to the server, on an address or on a unix socket. */
import type { NamedServer } from '@direct-logging/core';
import type { RequestInit as RequestWithDispatcher, Agent as SocketAgent } from 'undici';

/** The parts of a URL that names a unix socket. */
export interface BehindSocket {
  readonly socketPath: string;
  /** Empty, or it begins with a slash. */
  readonly prefix: string;
}

/** Undefined for a server with an address. */
export function behindSocket({ url }: NamedServer): BehindSocket | undefined {
  const [, socketPath, prefix = ''] = /^unix:(.+?):(\/.*)?$/.exec(url) ?? [];
  return socketPath === undefined ? undefined : { socketPath, prefix };
}

/** One is enough: the command asks one server. */
let agent: SocketAgent | undefined;

/** Like `fetch`, for a path below the server's URL. The path begins with a slash. */
export async function fetchFrom(
  server: NamedServer,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const behind = behindSocket(server);
  if (behind === undefined) return fetch(server.url + path, init);
  const { socketPath, prefix } = behind;
  // Node's own fetch takes only an agent of its built-in undici. This undici is large, so it is loaded only here.
  const { Agent, fetch: fetchWith } = await import('undici');
  agent ??= new Agent({ connect: { socketPath } });
  const request = { ...init, dispatcher: agent } as RequestWithDispatcher;
  return (await fetchWith(`http://localhost${prefix}${path}`, request)) as unknown as Response;
}
