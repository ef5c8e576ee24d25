/** Invokes a function through the address that emulator and container have for callers. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, InvokeOptions } from './runtime-api.ts';
import { succeeds } from './succeeds.ts';

const START_TIMEOUT_MS = 60_000;

/** Posts the event to the port on 127.0.0.1 and waits for the answer. */
export async function invokeAt(
  port: number,
  event: unknown,
  options: InvokeOptions = {},
): Promise<Answer> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (options.requestId !== undefined) headers['x-amzn-requestid'] = options.requestId;
  if (options.clientContext !== undefined) {
    const json = JSON.stringify(options.clientContext);
    headers['x-amz-client-context'] = Buffer.from(json).toString('base64');
  }
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) });
  const body = await response.text();
  // Both answer 200 to an error of the handler, which is told by its members.
  return { kind: body.startsWith('{"errorType":') ? 'error' : 'response', body };
}

/** Resolves when somebody answers HTTP on the port; a port that is only mapped takes connections earlier. */
export async function untilAnswering(port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (await succeeds(fetch(`http://127.0.0.1:${port}/`))) return;
    if (Date.now() > deadline) throw new Error(`Nobody answers on 127.0.0.1:${port}.`);
    await sleep(10);
  }
}
