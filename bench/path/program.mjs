/** Logs 1,000 lines. Tells on descriptor 3 which of our functions were called for each line, how often, and their files. */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeLogger } from '../loggers/make-logger.mjs';

const [kind] = process.argv.slice(2);
const LINES = 1_000;
const maps = new Map();
const OURS = /\/packages\/[^/]+\/dist\/.+\.c?js$/;

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
const log = await maker();
// The encoder learns from the first lines, and an empty request primes the connection.
for (let line = 0; line < LINES; line++) log();
await sleep(500);
await session.post('Profiler.takePreciseCoverage');
for (let line = 0; line < LINES; line++) log();
const { result } = await session.post('Profiler.takePreciseCoverage');
writeSync(3, JSON.stringify(perLine(result)));
process.exit();

async function maker() {
  if (kind === 'text') return () => console.log('a line of text, as most are');
  const line = JSON.stringify({ level: 30, time: Date.now(), customer: 'c-1043', msg: 'taken' });
  if (kind === 'json') return () => console.log(line);
  const logger = await makeLogger(kind);
  if (kind.includes('winston')) return () => logger.info('taken', { customer: 'c-1043' });
  return () => logger.info({ customer: 'c-1043' }, 'taken');
}

/** A function that runs for at least every second line is on the way of a line. */
function perLine(scripts) {
  const called = [];
  for (const { url, functions } of scripts) {
    if (!OURS.test(url)) continue;
    const sourceOf = sources(url);
    for (const { functionName, ranges } of functions) {
      const [{ startOffset, count }] = ranges;
      if (count < LINES / 2) continue;
      called.push({ name: functionName, file: sourceOf(startOffset), calls: count / LINES });
    }
  }
  return called;
}

/** Returns a function that finds the source file of what is at an offset of this file. */
function sources(url) {
  // A script of CommonJS is known by its path.
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  const code = readFileSync(path, 'utf8');
  return (offset) => {
    const before = code.slice(0, offset).split('\n');
    return sourceOf(path, before.length - 1, before.at(-1).length);
  };
}

/** A source can be a bundle itself. Then its map leads further back. */
function sourceOf(path, line, column) {
  const map = mapOf(path);
  const { originalSource, originalLine, originalColumn } = map?.findEntry(line, column) ?? {};
  if (originalSource === undefined) return path;
  return sourceOf(resolve(dirname(path), originalSource), originalLine, originalColumn);
}

function mapOf(path) {
  if (!maps.has(path)) {
    const file = `${path}.map`;
    maps.set(path, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null);
  }
  return maps.get(path);
}
