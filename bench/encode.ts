/** What does it cost to encode one line of each kind, without capture and delivery? */
import { createEncoder, type Encode } from '../packages/core/src/encode/encode.ts';
import type { LogInput } from '../packages/core/src/record/record.ts';

const ROUNDS = 20;
const now = Date.now();
const words = 'a line of text of the usual length, '.repeat(4);

/** Kinds of lines by name: how many a round encodes, and how the line with a given number is made. */
const LINES: Readonly<Record<string, readonly [count: number, make: (at: number) => LogInput]>> = {
  text: [20_000, (at) => ({ text: `${words}${at}`, level: 'INFO', logger: 'console' })],
  'text, its level unknown': [20_000, (at) => ({ text: `${words}${at}` })],
  pino: [
    20_000,
    (at) => ({
      text: `{"level":30,"time":${now + at},"pid":7,"hostname":"web-1","id":"req-${at}","msg":"request completed"}`,
    }),
  ],
  winston: [
    20_000,
    (at) => ({
      text: `{"level":"info","message":"order ${at} shipped","service":"orders","timestamp":"${new Date(now + at).toISOString()}"}`,
    }),
  ],
  'JSON, no two of a template': [5_000, (at) => ({ text: `{"field_${at}":1,"msg":"m"}` })],
  'JSON, 1 field': [20_000, withFields(1)],
  'JSON, 50 fields': [2_000, withFields(50)],
  'JSON, 500 fields': [200, withFields(500)],
};

const buffer = Buffer.allocUnsafe(1 << 20);
console.log('One line, encoded and written into memory, in µs of CPU.\n');
for (const [name, [count, make]] of Object.entries(LINES)) {
  const inputs = Array.from({ length: count }, (_, at) => make(at));
  console.log(`${name.padEnd(26)} ${lowest(inputs).toFixed(2)}`);
}

function lowest(inputs: readonly LogInput[]): number {
  const encode = createEncoder(
    {
      ...{ levelThreshold: 2, containerName: 'host', job: 'node', extraFields: {} },
      ...{
        streamFields: ['container_name', 'job', 'stream'],
        shipperId: 'abcdefgh',
        maxFieldNames: 360,
      },
    },
    { now: Date.now, context: () => undefined },
  );
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (const input of inputs) encode(input, intoMemory);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / inputs.length);
  }
  return least;
}

function intoMemory(line: Parameters<Parameters<Encode>[1]>[0]): void {
  if (typeof line === 'string') buffer.write(line);
  else buffer.set(line.bytes.subarray(0, line.length));
}

function withFields(count: number): (at: number) => LogInput {
  return (at) => {
    const fields = Array.from(
      { length: count - 1 },
      (_, place) => `"field_${place}":"value ${at}"`,
    );
    return { text: `{${[...fields, `"msg":"m ${at}"`].join()}}` };
  };
}
