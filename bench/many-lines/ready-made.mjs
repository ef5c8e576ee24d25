/** Posts already encoded lines through undici: the cost that is left when nothing is captured or encoded. */
import { Pool } from 'undici';
import { encodeJson } from '../baseline/encode.mjs';

const LINES_PER_REQUEST = 3_000;
const HEAD = 8;
const PATH = '/insert/jsonline?_stream_fields=container_name,job,stream';

/** Posts the same lines again and again, in requests of about 700 kB, two at a time. */
export async function postReadyMade(id, lines) {
  const body = readyMade(id);
  const pool = new Pool(process.env.BENCH_SERVER, { connections: 2 });
  const request = { method: 'POST', path: PATH, body };
  let left = lines / LINES_PER_REQUEST;
  const post = async () => {
    while (left-- > 0) {
      const answer = await pool.request(request);
      await answer.body.dump();
    }
  };
  await Promise.all([post(), post()]);
  await pool.close();
}

function readyMade(id) {
  const chunk = Buffer.allocUnsafe(4096);
  const record = { level: 30, time: Date.now(), pid: 4242, hostname: 'web-1', customer: 'c-1043' };
  const more = { article: 'pencils, red, a dozen', amount: 12.5, attempt: 1 };
  const lines = Array.from({ length: LINES_PER_REQUEST }, (_, line) => {
    const end = encodeJson(chunk, JSON.stringify({ ...record, ...more, msg: `${id} ${line}` }));
    return Buffer.from(chunk.subarray(HEAD, end - 2));
  });
  return Buffer.concat(lines);
}
