/** Would it help to compress large requests, such as those of a backlog? What each way costs both ends, and what it sends. */
import zlib, { gzipSync } from 'node:zlib';
import { count, table, writeIntoDocs } from '../test-e2e/environment/docs-tables.ts';
import { message, send, spent, withServer } from './fleet/ready-lines.ts';
import { flag } from './measure/rounds.ts';
import { fixed } from './report/report.ts';

const LINES = Number(flag('lines') ?? 400_000);
/** Node 24 has it, and the types of Node 20 do not know it. */
const zstd = zlib as unknown as { zstdCompressSync(text: string, options: object): Uint8Array };
const ZSTD_LEVEL = 100;
const WAYS: readonly { name?: string; title: string; body: (text: string) => Uint8Array }[] = [
  { title: 'as it is', body: (text) => Buffer.from(text) },
  { name: 'gzip', title: 'gzip, level 1', body: (text) => gzipSync(text, { level: 1 }) },
  {
    ...{ name: 'zstd', title: 'zstd, level 1' },
    body: (text) => zstd.zstdCompressSync(text, { params: { [ZSTD_LEVEL]: 1 } }),
  },
];

const rows: string[][] = [];
for (const way of WAYS) {
  const result = await withServer(async (server) => {
    const before = await spent(server);
    let [bytes, encoding] = [0, 0];
    const body = (text: string) => {
      const startedAt = process.cpuUsage();
      const encoded = way.body(text);
      const { user, system } = process.cpuUsage(startedAt);
      encoding += user + system;
      bytes += encoded.length;
      return encoded;
    };
    const fields = (line: number) => ({
      ...{ _msg: message(line), container_name: `shop-${line % 8}`, job: 'shop' },
    });
    await send(server, LINES, fields, { ...way, body });
    const { cpuSeconds } = await spent(server);
    if ((await server.count('*')) !== LINES) throw new Error('Not all lines are stored.');
    return { bytes, encoding, cpuSeconds: cpuSeconds - before.cpuSeconds };
  });
  process.stderr.write('.');
  rows.push([
    way.title,
    `${fixed(result.bytes / LINES)} bytes`,
    `${fixed(result.encoding / LINES)} µs`,
    `${fixed((result.cpuSeconds * 1e6) / LINES)} µs`,
  ]);
}
const shown = table(['', 'sent for a line', "the program's CPU", "the server's CPU"], rows);
console.log(`\n${shown}`);
if (process.argv.includes('--write'))
  await writeIntoDocs(
    'fleet.md',
    'compression',
    `${count(LINES)} lines in requests of 1,000:\n\n${shown}`,
  );
