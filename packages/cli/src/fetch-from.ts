/** The only place that makes requests: to the server, on an address or on a unix socket, and never to where it redirects. */
import { isIP } from 'node:net';
import { type NamedServer, readAddress, withoutCredentials } from '@direct-logging/core';
import { Agent, fetch, type RequestInit, Response } from 'undici';
import { CommandError } from './command-error.ts';

export const QUERY_PATH = '/select/logsql/query';
/** For rows, decompressed. An endless answer, or a small one that decompresses to gigabytes, must not fill the memory. */
const MAX_MEBIBYTES = 128;
/** For any other answer, of which the rest is not read. */
const MAX_OTHER_BYTES = 1024 * 1024;
const MAX_SAID = 300;
export class TooLarge extends CommandError {}

/**
 * Like `fetch`, with the server's headers, for a path below its URL that begins with a slash.
 * @throws CommandError for a redirect: it would carry the tenant and the records to another server. Reading the body throws
 *   `TooLarge`.
 */
export async function fetchFrom(
  server: NamedServer,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const { url, socketPath } = readAddress(server.url);
  const response = await fetch(url + path, {
    ...init,
    headers: { ...server.headers, ...(init.headers as Record<string, string>) },
    redirect: 'manual',
    // With NODE_USE_ENV_PROXY, Node's own agent leads to a proxy, where no line goes. This one keeps no connection.
    dispatcher: new Agent({
      pipelining: 0,
      connect: {
        socketPath: socketPath === '' ? null : socketPath,
        servername: serverNameOf(new URL(url)),
      },
    }),
  });
  const target = response.headers.get('location');
  if (target === null || response.status < 300 || response.status > 399) {
    const hasRows = response.ok && path === QUERY_PATH;
    return new Response(response.body?.pipeThrough(bounded(server.url, hasRows)), response);
  }
  void response.body?.cancel();
  const to = URL.canParse(target, url) ? new URL(target, url) : undefined;
  const shown = to === undefined ? 'no valid URL' : to.origin + to.pathname;
  throw new CommandError(
    `${server.url}${path} is redirected to ${said(server, shown)} (status ${response.status}), and redirects are not followed`,
    response.status,
  );
}

/** The host's name, or its address without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The name in SNI, as the senders give it: none of an address, and no dot at its end. */
export function serverNameOf(url: URL): string {
  const host = hostOf(url);
  return isIP(host) === 0 ? host.replace(/\.$/, '') : '';
}

/** What an answer says, as it may be shown: its beginning, on one line, without the credentials that it repeats. */
export function said(server: NamedServer, text: string): string {
  // Cut only afterwards: a part of a credential would not be recognized.
  const shown = withoutCredentials(text, server.headers);
  return shown.replace(/\s+/g, ' ').trim().slice(0, MAX_SAID);
}

function bounded(url: string, hasRows: boolean): TransformStream<Uint8Array, Uint8Array> {
  let left = hasRows ? MAX_MEBIBYTES * 1024 * 1024 : MAX_OTHER_BYTES;
  return new TransformStream({
    transform(bytes, controller) {
      controller.enqueue(bytes.subarray(0, left));
      left -= bytes.length;
      if (left >= 0) return;
      const problem = `${url} answers with more than ${MAX_MEBIBYTES} MiB: ask for less`;
      if (hasRows) controller.error(new TooLarge(problem));
      else controller.terminate();
    },
  });
}
