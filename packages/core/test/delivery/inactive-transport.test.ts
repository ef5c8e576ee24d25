import { expect, it } from 'vitest';
import { InactiveTransport } from '../../src/delivery/inactive-transport.ts';

it('takes everything, ships nothing, and counts what it was given', async () => {
  const transport = new InactiveTransport();
  transport.write();
  transport.write();
  const nothingLeft = { complete: true, pending: 0 };
  expect([await transport.flush(), transport.flushSync(), await transport.close()]).toEqual([
    nothingLeft,
    nothingLeft,
    nothingLeft,
  ]);
  expect(transport.active).toBe(false);
  expect(transport.stats).toMatchObject({ written: 2, delivered: 0, dropped: { inactive: 2 } });
});
