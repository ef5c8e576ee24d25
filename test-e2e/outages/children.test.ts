/** A child that ends while the server is away: what it has printed is not lost as long as its parent, which prints it too, lives. */
import { expect, it } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { shipUntilReport } from './shipping-program.ts';

const server = testServer({ own: true });

it.each(['ended', 'killed'])(
  'a parent ships what its child has printed and not delivered: %s',
  async (how) => {
    await server.stop({ keepData: true });
    const { child, run } = await shipUntilReport({
      program: 'parent-of-a-child.mjs',
      args: [how],
      url: server.url,
      timeoutMs: 60_000,
    });
    await server.restart();
    child.kill('SIGUSR2');
    const { code, stdout, name } = await run;
    const printed = Array.from({ length: 20 }, (_, line) => `of the child ${line}`);
    expect([code, stdout]).toEqual([0, `${printed.join('\n')}\n`]);
    const rows = await server.queryWhen(`{container_name="${name}"}`, 20);
    expect(rows.map(({ _msg }) => _msg).sort()).toEqual(printed.sort());
  },
  90_000,
);
