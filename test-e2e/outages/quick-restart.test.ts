/** With VICTORIALOGS_DURABLE a server that was killed and is back at once misses nothing, whatever the program did meanwhile. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { shipUntilReport } from './shipping-program.ts';

const server = testServer({ own: true });

it.each(['idle', 'blocked'])(
  'a program that is %s while the server is killed and started again',
  async (way) => {
    const tag = randomUUID().replaceAll('-', '');
    const { child, report, run } = await shipUntilReport({
      program: 'quick-restart.mjs',
      args: [way],
      url: server.url,
      env: { TAG: tag, VICTORIALOGS_DURABLE: '1' },
      timeoutMs: 60_000,
    });
    await server.stop({ signal: 'SIGKILL', keepData: true });
    await server.restart();
    if (way === 'blocked') writeFileSync(`${report}.go`, '');
    else child.kill('SIGUSR2');
    expect(await run).toMatchObject({ code: 0, stderr: '' });
    await server.forceFlush();
    const rows = await server.query(`${tag} | fields _msg`);
    expect(new Set(rows.map(({ _msg }) => _msg)).size).toBe(1_010);
  },
  90_000,
);
