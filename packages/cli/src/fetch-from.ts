/** Requests to the server, on an address or on a unix socket. */
import { type NamedServer, readAddress } from '@direct-logging/core';
import type { RequestInit as RequestWithDispatcher, Agent as SocketAgent } from 'undici';

/** One is enough: the command asks one server. */
let agent: SocketAgent | undefined;

/** Like `fetch`, for a path below the server's URL. The path begins with a slash. */
export async function fetchFrom(
  server: NamedServer,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const { url, socketPath } = readAddress(server.url);
  if (socketPath === '') return fetch(url + path, init);
  // Node's own fetch takes only an agent of its built-in undici. This undici is large, so it is loaded only here.
  const { Agent, fetch: fetchWith } = await import('undici');
  agent ??= new Agent({ connect: { socketPath } });
  const request = { ...init, dispatcher: agent } as RequestWithDispatcher;
  return (await fetchWith(url + path, request)) as unknown as Response;
}
