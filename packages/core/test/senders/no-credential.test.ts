import { expect, it } from 'vitest';
import { withoutCredential } from '../../src/senders/no-credential.ts';
import type { SenderHost } from '../../src/senders/sender.ts';

it('reports what waits as not deliverable, until there is a credential', () => {
  const said: string[] = [];
  let credential: string | undefined;
  let lines = 0;
  const headers = {
    get Authorization(): string {
      if (credential === undefined) throw new Error('no such file');
      return credential;
    },
  };
  const host = {
    get lines() {
      return lines;
    },
    connection: (is: string, reason: string) => said.push(`${is}: ${reason}`),
  } as unknown as SenderHost;
  const sender = withoutCredential(headers, host, () => said.push('replaced'));
  sender.pump(0);
  expect(said).toEqual([]);
  lines = 1;
  sender.pump(0);
  expect(said).toEqual(['failed: no such file']);
  credential = 'Bearer a';
  sender.pump(0);
  expect(said).toEqual(['failed: no such file', 'replaced']);
});
