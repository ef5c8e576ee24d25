/** What the fuzzer with coverage calls: each parser of foreign bytes, with what must hold whatever the bytes are. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { readLines } from '../../../packages/core/src/delivery/spool/lines.ts';
import { retentionIn } from '../../../packages/core/src/delivery/spool/server-retention.ts';
import { createEncoder } from '../../../packages/core/src/encode/encode.ts';
import { completeOptions } from '../../../packages/core/src/options.ts';
import { withoutSecrets } from '../../../packages/core/src/process/without-secrets.ts';
import { parseRetention } from '../../../packages/core/src/record/parse-retention.ts';
import type { LogInput } from '../../../packages/core/src/record/record.ts';
import type { Endpoint } from '../../../packages/core/src/senders/endpoint.ts';
import { AnswerReader } from '../../../packages/core/src/senders/write-through/answer.ts';
import {
  Handshake,
  type Secured,
} from '../../../packages/core/src/senders/write-through/tls/handshake.ts';
import {
  CONTENT,
  Decrypter,
  Encrypter,
  RecordReader,
  trafficKeys,
} from '../../../packages/core/src/senders/write-through/tls/records.ts';
import { TlsSession } from '../../../packages/core/src/senders/write-through/tls/session.ts';
import { traceIdOf } from '../../../packages/lambda/src/trace-id.ts';
import { ownerOf, readersOf } from '../../../packages/register/src/child-output/marker.ts';
import { NoteFolder } from '../../../packages/register/src/child-output/notes.ts';

const NOW = Date.UTC(2026, 0, 1);
const MAX_LINE_BYTES = 256_000;
const STREAM_FIELDS = ['container_name', 'job', 'stream'];

/** An answer is the same however its bytes are cut, and what is no answer is an error of ours. */
export function answer(bytes: Buffer): void {
  const read = (parts: readonly Buffer[]) => {
    const reader = new AnswerReader();
    const statuses: unknown[] = [];
    try {
      for (const part of parts) statuses.push(reader.read(part)?.status);
    } catch (error) {
      assert.equal(Object.getPrototypeOf(error), Error.prototype);
    }
    return statuses.find((status) => status !== undefined);
  };
  const whole = read([bytes]);
  if (whole !== undefined) {
    assert.ok(Number.isInteger(whole));
    const half = bytes.length >> 1;
    assert.equal(read([bytes.subarray(0, half), bytes.subarray(half)]), whole);
  }
}

/** Records as they come: not one of them can be decrypted, since nobody else has the key. */
export function records(bytes: Buffer): void {
  const { session } = encrypted();
  const { content } = session.decrypt(bytes);
  assert.equal(content.length, 0);
}

/** Messages of a server with the key: a byte says the type of a record, the next one its length. */
export function messages(bytes: Buffer): void {
  const { session, encrypt } = encrypted();
  let data = 0;
  for (let at = 0; at + 2 <= bytes.length; ) {
    const type = 20 + ((bytes[at] as number) % 5);
    const content = bytes.subarray(at + 2, at + 2 + (bytes[at + 1] as number));
    at += 2 + content.length;
    const received = session.decrypt(encrypt(content, type));
    data += type === CONTENT.applicationData ? content.length : 0;
    assert.ok(received.content.length <= data);
    if (received.end !== undefined) return;
  }
  // What we send is readable for the server after all changes of keys.
  assert.ok(session.encrypt(Buffer.from('line'), 0, 4).length > 4);
}

function encrypted() {
  const keys = trafficKeys(0x1301, Buffer.alloc(32, 7));
  const server = new Encrypter(keys);
  const secured = {
    encrypter: new Encrypter(keys),
    decrypter: new Decrypter(keys),
    received: new RecordReader(),
  };
  return {
    session: new TlsSession(secured),
    encrypt: (content: Buffer, type: number) => server.encrypt(content, 0, content.length, type),
  };
}

/**
 * A handshake with a server whose bytes are changed on their way. Keys are ours only behind one that Node has verified, nothing of
 * Node's follows it, and nobody on the way can make us send otherwise.
 */
export async function handshake(bytes: Buffer): Promise<void> {
  let at = 0;
  const next = (): number => bytes[at++] ?? 0;
  let isChanged = false;
  const events: string[] = [];
  let ours: Secured | undefined;
  const serverWire = new Duplex({
    read() {},
    write(sent: Buffer, _encoding, done) {
      const passed = changed(sent, next);
      isChanged ||= !passed.equals(sent);
      // In two pieces.
      const cut = next() % (passed.length + 1);
      setImmediate(() => {
        client.receive(passed.subarray(0, cut));
        client.receive(passed.subarray(cut));
        done();
      });
    },
  });
  const server = new tls.TLSSocket(serverWire, { ...{ isServer: true }, ...certificate() });
  server.on('error', () => {});
  let received = '';
  server.on('data', (data) => {
    received += data;
  });
  const send = (sent: Buffer): void => {
    assert.equal(ours, undefined);
    serverWire.push(sent);
  };
  const client = new Handshake(ENDPOINT, send, (result) => {
    events.push(result.kind);
    if (result.kind === 'secured') ours = result.secured;
  });
  for (let turn = 0; turn < MAX_TURNS && events.length === 0; turn++) await nextTurn();
  if (ours !== undefined) {
    serverWire.push(ours.encrypter.encrypt(Buffer.from('line'), 0, 4));
    for (let turn = 0; turn < MAX_TURNS && received === ''; turn++) await nextTurn();
    assert.equal(received, 'line');
  }
  client.close();
  server.destroy();
  for (let turn = 0; turn < 3; turn++) await nextTurn();
  if (!isChanged) assert.deepEqual(events, ['secured']);
  else assert.ok(events.length <= 1 && events.every((event) => EVENTS.has(event)), `${events}`);
}

const ENDPOINT: Endpoint = {
  ...{ protocol: 'https:', hostname: 'localhost', port: 1, socketPath: '', path: '/' },
  displayUrl: 'https://localhost:1/',
};
const EVENTS: ReadonlySet<string> = new Set(['secured', 'failed']);
const MAX_TURNS = 40;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Passes it on, or flips a byte, leaves some out, repeats it, or puts something in front. */
function changed(sent: Buffer, next: () => number): Buffer {
  const from = ((next() << 8) | next()) % sent.length;
  const count = next();
  const other = Buffer.from(sent);
  switch (next() % 8) {
    case 1:
      other[from] = (other[from] as number) ^ count;
      return other;
    case 2:
      return Buffer.concat([other.subarray(0, from), other.subarray(from + count)]);
    case 3:
      return Buffer.concat([other, other.subarray(from)]);
    case 4:
      return Buffer.concat([Buffer.from(Array.from({ length: count }, next)), other]);
    case 5:
      // A record of any type, with any content.
      return Buffer.concat([Buffer.from([20 + (from % 5), 3, 3, 0, 1, count]), other]);
    default:
      return other;
  }
}

let made: { readonly key: Buffer; readonly cert: Buffer } | undefined;

/** For `localhost`; this process trusts nothing else. */
function certificate() {
  if (made !== undefined) return made;
  const folder = mkdtempSync(join(tmpdir(), 'direct-logging-handshake-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  // Not in the types yet.
  Object(tls).setDefaultCACertificates([made.cert.toString()]);
  return made;
}

/** The lines of a spool file: each that is sent is one JSON object with each stream field once. */
export function spool(bytes: Buffer): void {
  const { lines } = readLines(bytes.toString(), new Set(STREAM_FIELDS), {
    ...{ nowMs: NOW, retentionMs: 7 * 86_400_000, retimed: 0 },
  });
  for (const line of lines) {
    if (line === undefined) continue;
    assert.ok(line.startsWith('{"_time":"') && line.indexOf('\n') === line.length - 1);
    JSON.parse(line);
  }
}

/** A line is one record or several, each of them JSON that the server keeps; the fast path gives what the slow path gives. */
export function line(bytes: Buffer): void {
  const text = bytes.toString();
  const encode = encoder({});
  const first = recordsOf(encode, { text });
  for (let time = 0; time < 3; time++) assert.deepEqual(recordsOf(encode, { text }), first);
}

/** A redacted line has no value of a hidden name, and the rest of a JSON line is as it was. */
export function redaction(bytes: Buffer): void {
  const text = bytes.toString();
  const encode = encoder({ VICTORIALOGS_REDACT: 'password,*_token,headers.cookie,*e*y*' });
  recordsOf(encode, { text });
  recordsOf(encode, { text: `{"msg":${JSON.stringify(text)}}` });
  const secret = 's3cr3t';
  const quoted = JSON.stringify(text.replaceAll(secret, '').toWellFormed());
  for (const json of [
    `{"a":${quoted},"password":"${secret}","b":${quoted}}`,
    `{"a":[${quoted},["Password","${secret}"],${quoted}]}`,
    `{"a":{"name":"password","b":${quoted},"value":"${secret}"}}`,
    `{"password":[${quoted},"${secret}"],"a":${quoted}}`,
    `{"user[password]":"${secret}","a":${quoted}}`,
    // In texts.
    `${quoted} {"a":${quoted},"password":"${secret}","b":${quoted}}`,
    `{"value":"${secret}","a":${quoted},"name":"password"} there`,
    `?a=${encodeURIComponent(`{"name":"password","b":${JSON.stringify(quoted)},"value":"${secret}"}`)}`,
    `"{""a"":${quoted.replaceAll('"', '""')},""password"":""${secret}""}"`,
  ]) {
    const encoded: string[] = [];
    encode({ text: json }, (of) => encoded.push(String(of)));
    assert.ok(!encoded.join('').includes(secret));
  }
}

/**
 * A text that is four times as long takes about four times as long, whatever is repeated in it: each byte stands for a token, and a zero
 * ends what comes once or again and again.
 */
export function growth(bytes: Buffer): void {
  const parts = bytes.toString('latin1').split('\0', 5);
  const [start = '', one = '', two = '', three = '', end = ''] = parts.map((part) =>
    Array.from(part.slice(0, 6), (byte) => TOKENS[byte.charCodeAt(0) % TOKENS.length]).join(''),
  );
  const made = (length: number) => {
    const again = [one, two, three].filter((part) => part !== '');
    const middle = again.map((part) => part.repeat(length / again.length / part.length));
    return start + middle.join('') + end;
  };
  for (const run of RUNS) {
    const cpuMs = (length: number) => {
      const text = made(length);
      const used = process.cpuUsage();
      run(text);
      return process.cpuUsage(used).user / 1000;
    };
    const shortMs = cpuMs(SHORT);
    // Others may disturb each run.
    const isSlow = () => cpuMs(4 * SHORT) > Math.max(10 * shortMs, SLOW_MS);
    assert.ok(shortMs < SLOW_MS / 8 || !(isSlow() && isSlow() && isSlow()), made(100));
  }
}

const SHORT = 16_384;
/** Much more than the 64 KiB take with anything linear, also if the sources count what runs in them. */
const SLOW_MS = 160;
const TOKENS = [
  ...Array.from(' \t\n\r:=,;&"\'`\\{}[]()<>.-+%a1y'),
  ...[
    '\u001b[m',
    '\u001b[:m',
    '\u001b]8;;',
    '\u0007',
    '\\"',
    '\\u0022',
    '%20',
    '%22',
    '&quot;',
    '""',
  ],
  ...['password', '["password",', 'x_token', 'value', '"name":', 'Error: ', '\n    at ', '(a:1:1)'],
];
const RULED = encoder({ VICTORIALOGS_REDACT: 'password,*_token,headers.cookie,*e*y*' });
const SHORT_STACKS = encoder({ VICTORIALOGS_STACK_IN_MESSAGE: '0' });
const RUNS: ReadonlyArray<(text: string) => void> = [
  (text) => RULED({ text }, () => {}),
  (text) => RULED({ text: `{"msg":${JSON.stringify(text)}}` }, () => {}),
  (text) => {
    const error = Object.assign(new Error(text), { stack: `Error: ${text}\n    at a (b:1:1)` });
    SHORT_STACKS({ text: error.stack, error }, () => {});
  },
];

/** Settings of any environment give settings or problems, and no problem shows a password. */
export function settings(bytes: Buffer): void {
  const [name = '', ...values] = bytes.toString().split('\n');
  const names = NAMES.filter((_, at) => name.charCodeAt(at % (name.length || 1)) % 2 === 1);
  const env: NodeJS.ProcessEnv = { VICTORIALOGS_URL: 'http://h:9428' };
  for (const [at, key] of names.entries()) env[key] = values[at % values.length] ?? '';
  if (values[0]?.startsWith('http')) env.VICTORIALOGS_URL = values[0];
  env.VICTORIALOGS_PASSWORD = 'pass-4711';
  const { problems } = completeOptions({}, env, () => 'h');
  for (const problem of problems) assert.ok(!problem.includes('pass-4711'));
}

const NAMES = [
  ...['URL', 'CONTAINER_NAME', 'JOB', 'STREAM_FIELDS', 'EXTRA_FIELDS', 'ACCOUNT_ID', 'PROJECT_ID'],
  ...['USERNAME', 'BEARER_TOKEN', 'MAX_QUEUE_BYTES', 'FLUSH_TIMEOUT_MS', 'EXIT_TIMEOUT_MS'],
  ...['DURABLE', 'SPOOL_DIR', 'SPOOL_MAX_BYTES', 'LOGGERS', 'REDACT', 'RETENTION', 'DEBUG'],
].map((name) => `VICTORIALOGS_${name}`);

/** A trace id comes from the places for it, and is one. */
export function event(bytes: Buffer): void {
  const text = bytes.toString();
  traceIdOf({ clientContext: text, xrayHeader: text });
  const found = traceIdOf({ event: text });
  if (found !== undefined) assert.match(found, /^(?!0{32})[0-9a-f]{32}$/);
}

/** What the variable for child processes names is a folder of a process, and no path out of it. */
export function marker(bytes: Buffer): void {
  const descriptor = { identity: 'pipe:1', isRead: true };
  const readers = readersOf(bytes.toString(), { stdout: descriptor, stderr: descriptor });
  for (const folder of [readers.stdout, readers.stderr]) {
    if (folder !== undefined) assert.ok(!folder.includes('..') && ownerOf(folder) !== undefined);
  }
}

/** A file of notes that another process has written: a bounded number of keys, and none of them the mark of the end. */
export function notes(bytes: Buffer): void {
  const folder = mkdtempSync(join(tmpdir(), 'direct-logging-notes-'));
  try {
    const path = join(folder, 'notes');
    const reader = new NoteFolder(path, '');
    const name = `direct-logging-child-${process.pid}-0`;
    writeFileSync(join(path, name), bytes, { mode: 0o600 });
    let taken = 0;
    while (reader.readNext('child', () => taken++));
    assert.ok(taken <= bytes.length / Float64Array.BYTES_PER_ELEMENT);
    reader.remove();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the metrics of a server say of its retention. */
export function metrics(bytes: Buffer): void {
  const text = bytes.toString();
  retentionIn(text);
  retentionIn(`flag{name="retentionPeriod", value="${text}"} 1`);
  const ms = parseRetention(text);
  assert.ok(ms === undefined || ms >= 86_400_000);
}

/** What a server says never has our credentials in it. */
export function secrets(bytes: Buffer): void {
  const text = bytes.toString().replaceAll('tiger', '');
  const shown = withoutSecrets(`${text}tiger in a cage${text}`, ['tiger in a cage']);
  assert.ok(!shown.includes('tiger in'));
}

function encoder(env: NodeJS.ProcessEnv): ReturnType<typeof createEncoder> {
  const completed = completeOptions({}, { VICTORIALOGS_URL: 'http://h:9428', ...env }, () => 'h');
  assert.ok(completed.settings);
  return createEncoder(
    { ...completed.settings, levelThreshold: 0, shipperId: 'id' },
    { now: () => NOW, context: () => undefined },
  );
}

function recordsOf(encode: ReturnType<typeof createEncoder>, input: LogInput): unknown[] {
  const lines: string[] = [];
  encode(input, (of) => lines.push(String(of)));
  assert.ok(lines.length > 0);
  return lines.map((of) => {
    assert.ok(Buffer.byteLength(of) <= MAX_LINE_BYTES && of.isWellFormed());
    const { _time, 'shipper.seq': _, 'shipper.group': __, ...record } = JSON.parse(of);
    assert.notEqual(record._msg ?? '', '');
    for (const name of STREAM_FIELDS) assert.equal(of.split(`"${name}":`).length > 1, true);
    return record;
  });
}
