/** What a function waits for between two invocations while VictoriaLogs takes requests and never answers, or is not there. */
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';
import { startFunctions } from './functions.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
/** Far longer than a test may take: who waits for it fails. */
const FOREVER_MS = 600_000;

const functions = forTests(() =>
  startFunctions({ files: { 'brief.mjs': `${FIXTURES}brief.mjs` } }),
);
const proxy = forTests(() => startFaultProxy(functions.server.url));

afterEach(async () => {
  await functions.end();
  await proxy.misbehave({ kind: 'pass' });
});

async function launch() {
  return functions.launch({
    handler: 'brief.handler',
    env: {
      VICTORIALOGS_URL: proxy.url,
      VICTORIALOGS_FLUSH_TIMEOUT_MS: String(FOREVER_MS),
    },
  });
}

it.each(['hang', 'refuse'] as const)(
  '%s: no success becomes a timeout, and later invocations are not held up',
  async (kind) => {
    const lambda = await launch();
    await lambda.api.untilIdle();
    await proxy.misbehave({ kind });
    const timeoutMs = 8000;
    const deadline = performance.now() + timeoutMs;
    expect((await lambda.invoke({ n: 1 }, { timeoutMs })).body).toBe('1');
    await lambda.api.untilIdle();
    expect(lambda.api.arrivals.at(-1)?.atMs).toBeLessThan(deadline);
    // With so much time left the bound is minutes away.
    for (let n = 2; n <= 5; n++) {
      expect((await lambda.invoke({ n }, { timeoutMs: FOREVER_MS })).body).toBe(String(n));
      await lambda.api.untilIdle();
    }
    // Its connections end, as they do when a server that hangs is started anew.
    await proxy.misbehave({ kind: 'refuse' });
    await proxy.misbehave({ kind: 'pass' });
    const rows = await lambda.rows(5);
    expect(rows.map(({ _msg }) => _msg)).toEqual([1, 2, 3, 4, 5].map((n) => `invocation ${n}`));
  },
);
