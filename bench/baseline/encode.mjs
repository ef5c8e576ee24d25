/** The least that makes a record of a line. Text is copied. Of a JSON line, the names are read once and the values copied. */

const HEX = Buffer.from('0123456789abcdef');
const SIZE_DIGITS = 6;
/** Size, CRLF. */
const HEAD = SIZE_DIGITS + 2;
const NAMES = new Map([
  ['msg', '_msg'],
  ['message', '_msg'],
  ['time', '_time'],
  ['level', 'level'],
]);
const PINO_LEVELS = { 10: 'TRACE', 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' };
const TAIL = ',"container_name":"baseline","job":"node","stream":"stdout"}\n\r\n';
/** What each of our records has, too. */
const OURS =
  process.env.BENCH_FIELDS === 'ours'
    ? `,"logger":"console","shipper.id":"${process.pid}-${Date.now()}"`
    : '';
const NEEDS_ESCAPES = /["\\\p{Cc}]/u;

let millisecond = 0;
let second = '';
let number = 1_000_000;
let sequence = 0;

/** Puts the line of text into the buffer as a chunk. Returns where it ends. */
export function encodeText(buffer, text) {
  const message = NEEDS_ESCAPES.test(text) ? JSON.stringify(text) : `"${text}"`;
  return framed(buffer, `{"_time":"${now()}","_msg":${message},"level":"INFO"${more()}${TAIL}`);
}

/** The same for a line that is a JSON object. Only the first level of names is read. */
export function encodeJson(buffer, line) {
  let fields = `{"_time":"${now()}"`;
  for (let at = 1; at < line.length - 1; ) {
    const closes = closing(line, at + 1);
    const name = line.slice(at + 1, closes);
    const from = closes + 2;
    at = endOfValue(line, from);
    const value = line.slice(from, at);
    const ours = NAMES.get(name) ?? name;
    if (ours === 'level') fields += `,"level":"${PINO_LEVELS[value] ?? 'INFO'}"`;
    else if (ours !== '_time') fields += `,"${ours}":${value}`;
    at += 1;
  }
  return framed(buffer, fields + more() + TAIL);
}

function more() {
  if (OURS === '') return '';
  sequence += 1;
  return `${OURS},"shipper.seq":${sequence}`;
}

function framed(buffer, line) {
  const end = HEAD + buffer.utf8Write(line, HEAD);
  // The CRLF after the line is not part of the chunk.
  let size = end - HEAD - 2;
  buffer[SIZE_DIGITS] = 13;
  buffer[SIZE_DIGITS + 1] = 10;
  for (let digit = SIZE_DIGITS - 1; digit >= 0; digit--, size >>= 4) buffer[digit] = HEX[size & 15];
  return end;
}

/** Where the closing quote of a string in JSON is. */
function closing(line, from) {
  let at = line.indexOf('"', from);
  while (line.charCodeAt(at - 1) === 92 && isEscaped(line, at)) at = line.indexOf('"', at + 1);
  return at;
}

function isEscaped(line, at) {
  let backslashes = 0;
  while (line.charCodeAt(at - 1 - backslashes) === 92) backslashes++;
  return backslashes % 2 === 1;
}

function endOfValue(line, from) {
  if (line.charCodeAt(from) === 34) return closing(line, from + 1) + 1;
  let depth = 0;
  for (let at = from; ; at++) {
    const code = line.charCodeAt(at);
    if (code === 34) at = closing(line, at + 1);
    else if (code === 123 || code === 91) depth++;
    else if (depth === 0 && (code === 44 || code === 125)) return at;
    else if (code === 125 || code === 93) depth--;
  }
}

/** A number after the millisecond keeps lines in order. */
function now() {
  const at = Date.now();
  if (at !== millisecond) {
    millisecond = at;
    number = 1_000_000;
    second = new Date(at).toISOString().slice(0, -1);
  }
  return `${second}${String(number++).slice(1)}Z`;
}
