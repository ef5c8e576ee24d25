/** A server that is a round trip away: a connection is there only after a while, and a program may be over by then. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { SERVER_IN_SLOW_NETWORK, slowNetwork } from '../environment/slow-network.ts';
import { ship } from './shipping-program.ts';

const network = await slowNetwork();
const server = testServer({ prefer: 'process' });
const LINES = 25;
const FAR_NAME = fileURLToPath(new URL('fixtures/far-name.cjs', import.meta.url));

it.skipIf(network === undefined).each([
  ['SIGKILL', ['--require']],
  ['SIGKILL', ['--import']],
  ['SIGKILL', [], '--require'],
  ['SIGKILL', [], '--import'],
  ['SIGTERM', ['--require']],
  ['abort', ['--require']],
])(
  'the first line is stored, and then %s in the same tick: %j, a forked child: %s',
  // The line is lost if the machine stands still for the tenth of a second in which its connection is polled for.
  { timeout: 60_000, retry: 2 },
  async (end, preload, flag = '') => {
    const { host } = new URL(server.url);
    const { name } = await ship({
      program: 'first-tick.cjs',
      args: [end, flag].filter(Boolean),
      node: network,
      flags: ['25ms', host, process.execPath, ...preload.flatMap((by) => [by, 'direct-logging'])],
      url: SERVER_IN_SLOW_NETWORK,
    });
    expect(
      await server.queryWhen(`container_name:="${name}" "the first line"`, 1, {
        timeoutMs: 10_000,
      }),
    ).toHaveLength(1);
  },
);

it.skipIf(network === undefined).each(['write-through', 'undici'])(
  'a far server is reached by a name with four addresses, which Node has no time to try, through %s',
  { timeout: 60_000 },
  async (sender) => {
    const { host } = new URL(server.url);
    const { name } = await ship({
      program: 'now-and-then.cjs',
      node: network,
      flags: ['140ms', host, process.execPath, '-r', FAR_NAME, '--import', 'direct-logging'],
      url: SERVER_IN_SLOW_NETWORK.replace('198.18.0.2', 'far.test'),
      env: { LINES: String(LINES), SENDER: sender },
    });
    const rows = await server.queryWhen(`container_name:="${name}" "line"`, LINES);
    expect(rows).toHaveLength(LINES);
  },
);
