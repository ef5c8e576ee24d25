import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { setUpTls } from './set-up.ts';
import { startTlsServer } from './tls-server.ts';

const { certificate, connect, onClose } = setUpTls();

it('a server that takes empty requests and refuses lines gets few requests, each of them with lines', async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  let [refuses, emptyAfterwards] = [true, 0];
  const refused = new Set<string>();
  const server = await startTlsServer({
    certificate,
    onClose,
    answer: (response) => {
      const lines = server.messages.splice(0);
      if (lines.length === 0 && refused.size > 0 && refuses) emptyAfterwards++;
      response.writeHead(lines.length > 0 && refuses ? 503 : 200, { 'Content-Length': 0 });
      for (const line of lines) {
        if (refuses) refused.add(line);
        else taken.push(line);
      }
      response.end();
    },
  });
  const taken: string[] = [];
  const transport = connect(server, certificate);
  await transport.ready(30_000);
  for (let at = 0; at < 150; at++) {
    transport.write({ text: `${at}` });
    await sleep(20);
  }
  // Without the wait between retries, which grows to half a second, it was twice as many.
  expect(server.passages.length).toBeLessThan(25);
  // What was on its way when the first lines were refused.
  expect(emptyAfterwards).toBeLessThan(3);
  refuses = false;
  expect(await transport.flush({ timeoutMs: 30_000 })).toMatchObject({ complete: true });
  expect(taken).toEqual(Array.from({ length: 150 }, (_, at) => `${at}`));
});
