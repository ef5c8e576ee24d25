/** The only place that makes requests: to the server, on an address or on a unix socket, and never to where it redirects. */
import { type NamedServer, readAddress } from '@direct-logging/core';
import type { RequestInit as RequestWithDispatcher, Agent as SocketAgent } from 'undici';
import { CommandError } from './command-error.ts';

/** One is enough: the command asks one server. */
let agent: SocketAgent | undefined;

/**
 * Like `fetch`, with the server's headers, for a path below its URL that begins with a slash.
 * @throws CommandError for a redirect: it would carry the tenant and the records to another server.
 */
export async function fetchFrom(
  server: NamedServer,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const { url, socketPath } = readAddress(server.url);
  const request: RequestInit = {
    ...init,
    headers: { ...server.headers, ...(init.headers as Record<string, string>) },
    redirect: 'manual',
  };
  const response = await (socketPath === ''
    ? fetch(url + path, request)
    : fetchOverSocket(socketPath, url + path, request));
  const target = response.headers.get('location');
  if (target === null || response.status < 300 || response.status > 399) return response;
  throw new CommandError(
    `${server.url}${path} is redirected to ${withoutUser(target, url)} (status ${response.status}), and redirects are not followed`,
    response.status,
  );
}

async function fetchOverSocket(path: string, url: string, init: RequestInit): Promise<Response> {
  // Node's own fetch takes only an agent of its built-in undici. This undici is large, so it is loaded only here.
  const { Agent, fetch: fetchWith } = await import('undici');
  agent ??= new Agent({ connect: { socketPath: path } });
  const request = { ...init, dispatcher: agent } as RequestWithDispatcher;
  return (await fetchWith(url, request)) as unknown as Response;
}

function withoutUser(target: string, base: string): string {
  const url = URL.canParse(target, base) ? new URL(target, base) : undefined;
  return url === undefined ? 'no valid URL' : `${url.origin}${url.pathname}`;
}
