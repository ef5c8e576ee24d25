/** Requests to the server, wherever it listens. */
import type { NamedServer } from '@direct-logging/core';
import type { RequestInit as RequestWithDispatcher, Agent as SocketAgent } from 'undici';

/** A URL behind a unix socket. */
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

/** The command asks one server. */
let agent: SocketAgent | undefined;

/** As `fetch` does, of a path below the server's URL, which begins with a slash. */
export async function fetchFrom(
  server: NamedServer,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const behind = behindSocket(server);
  if (behind === undefined) return fetch(server.url + path, init);
  const { socketPath, prefix } = behind;
  // Node's own takes only what belongs to the undici that it has inside. This one is large, and needed here alone.
  const { Agent, fetch: fetchWith } = await import('undici');
  agent ??= new Agent({ connect: { socketPath } });
  const request = { ...init, dispatcher: agent } as RequestWithDispatcher;
  return (await fetchWith(`http://localhost${prefix}${path}`, request)) as unknown as Response;
}
