/** A server, or what stands in front of it, that does not take one certain line, against real sockets. */
import { expect, it } from 'vitest';
import { createTransport } from '../src/transport.ts';
import { startTakingServer } from './taking-server.ts';

const CASES = [
  { lines: 2_000, bad: 1_234 },
  // A short line in front of it.
  { lines: 3, bad: 2 },
];

/** Like a firewall that reads along. */
const refuses = (body: string): boolean => body.includes('attack');

it.concurrent.each(CASES)(
  'finds the one of $lines lines that is refused, and delivers the others',
  async ({ lines, bad }) => {
    const server = await startTakingServer({ refuses });
    const transport = createTransport({ url: server.url });
    const texts = Array.from({ length: lines }, (_, at) =>
      at === bad ? `attack ${'x'.repeat(5_000)}` : `line ${at} ${'x'.repeat((at * 37) % 300)}`,
    );
    for (const text of texts) transport.write({ text });
    // While it is refused some ten seconds pass.
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
    expect(transport.stats).toMatchObject({ delivered: lines - 1, dropped: { rejected: 1 } });
    const others = texts.filter((_, at) => at !== bad);
    expect(new Set(server.messages)).toEqual(new Set(others));
    expect(server.requests).toBeLessThan(200);
    await transport.close();
    await server.stop();
  },
);
