/**
 * Hooks the requests of the alternative runtime client, which asks for invocations with `node:http`:
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/client/rapid-client.ts
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { attempt, guarded, replaceMethod } from '@direct-logging/core';
import type { Invocations } from './invocations.ts';

const NEXT_PATH = '/2018-06-01/runtime/invocation/next';
/** The event is kept up to about this length, to search it for ids. */
const KEPT_CHARACTERS = 64 * 1024;

/**
 * Wraps `http.request`. Changes only the request for the next invocation: its `end` waits, as the addon's `next` does.
 * Only for a runtime that is set to the alternative client, which loads `node:http` anyway.
 */
export function hookAlternativeClient(invocations: Invocations): () => void {
  // An import of the module would load ten times as much: its namespace reads every lazy getter.
  const http = process.getBuiltinModule('node:http');
  return replaceMethod(http, 'request', (request) => {
    return function (this: unknown, ...args: unknown[]): ClientRequest {
      const made: ClientRequest = Reflect.apply(request, this, args);
      attempt(() => {
        if (made.method === 'GET' && made.path === NEXT_PATH) follow(made, invocations);
      });
      return made;
    };
  });
}

function follow(request: ClientRequest, invocations: Invocations): void {
  const end = request.end;
  request.end = ((...args: Parameters<typeof end>) => {
    request.end = end;
    const wait = invocations.beforeNext();
    if (wait === undefined) return Reflect.apply(end, request, args);
    void wait.then(() => Reflect.apply(end, request, args));
    return request;
  }) as typeof end;
  request.once(
    'response',
    guarded((response: IncomingMessage) => readAlong(response, invocations)),
  );
}

/** Called after the runtime client's own listener, which has set the encoding and started the flow. */
function readAlong(response: IncomingMessage, invocations: Invocations): void {
  let event = '';
  const add = guarded((data: unknown) => {
    if (event.length < KEPT_CHARACTERS) event += String(data);
  });
  response.on('data', add);
  const begin = guarded(() => invocations.begin(response.headers, event));
  response.once('end', begin);
}
