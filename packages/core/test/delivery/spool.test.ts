/** The spool in real processes and folders: what survives a kill, who takes it over, and what it refuses. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { takeOver } from '../../src/delivery/spool/directory.ts';
import { destinationOf } from '../../src/delivery/spool/file-name.ts';
import { Spool } from '../../src/delivery/spool.ts';
import type { Endpoint } from '../../src/senders/endpoint.ts';

const ENDPOINT: Endpoint = {
  protocol: 'http:',
  hostname: 'h',
  port: 1,
  socketPath: '',
  path: '/insert/jsonline',
  displayUrl: 'http://h:1/insert/jsonline',
};
/** Of a process that cannot be looked at from here. */
const ELSEWHERE = `${destinationOf(ENDPOINT, {})}.elsewhere.1.2.3.x-0.spool`;

const AT_LIMITS = fileURLToPath(new URL('../fixtures/spool-at-limits.ts', import.meta.url));

/** What the spool takes for the time; a test may set it, and do what others do at that moment. */
const clock = vi.hoisted(() => ({ now: () => Date.now() }));
vi.mock('../../src/process/timers.ts', async (load) => ({
  ...(await load<object>()),
  wallClock: () => clock.now(),
}));

const line = (text: string, time = new Date().toISOString()) =>
  `{"_time":"${time}","_msg":"${text}"}\n`;

let directory: string;
let failures: string[];
let spools: Spool[];

beforeEach(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'spool-'));
  failures = [];
  spools = [];
});
afterEach(() => {
  clock.now = () => Date.now();
  for (const spool of spools) spool.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

function open(id: string, { maxBytes = 1 << 24, headers = {}, port = 1 } = {}): Spool {
  const settings = {
    endpoint: port === 1 ? ENDPOINT : { ...ENDPOINT, hostname: '127.0.0.1', port },
    headers,
    spoolDir: directory,
    spoolMaxBytes: maxBytes,
    maxQueueBytes: 1 << 25,
    streamFields: ['job'],
    retentionMs: undefined,
  };
  const spool = new Spool(settings, id, (reason) => failures.push(reason));
  spools.push(spool);
  return spool;
}

function files(): string[] {
  return fs.readdirSync(directory);
}

/** Renames the files as if another, dead process had left them. */
function orphan(): void {
  for (const file of files()) {
    const pid = spawnSync(process.execPath, ['-p', 'process.pid']).stdout.toString().trim();
    fs.renameSync(
      join(directory, file),
      join(directory, file.replace(`.${process.pid}.`, `.${pid}.`)),
    );
  }
}

function readAll(spool: Spool): { texts: string[]; truncated: number; tags: number[] } {
  const texts: string[] = [];
  const tags: number[] = [];
  let truncated = 0;
  for (let back = spool.readBack(Date.now()); back; back = spool.readBack(Date.now())) {
    truncated += back.truncated;
    for (const { line, tag } of back.lines) {
      texts.push(JSON.parse(line)._msg);
      tags.push(tag);
    }
  }
  return { texts, truncated, tags };
}

describe('Spool', () => {
  it('has a line on disk when write returns, and nothing once all are settled', () => {
    const spool = open('a');
    const tags = [spool.write(line('1')), spool.write(line('2'))];
    expect(fs.readFileSync(join(directory, files()[0] as string), 'utf8').split('\n')).toHaveLength(
      3,
    );
    for (const tag of tags) spool.settle(tag);
    expect(fs.statSync(join(directory, files()[0] as string)).size).toBe(0);
    spool.close();
    expect(files()).toEqual([]);
  });

  it('leaves unsettled lines to the next process, which takes each file over once', () => {
    const first = open('a');
    for (let i = 0; i < 3; i++) first.write(line(String(i)));
    first.close();
    orphan();
    const [second, third] = [open('b'), open('c')];
    expect(second.adopt(Date.now())).toBe(1);
    expect(third.adopt(Date.now())).toBe(0);
    expect(second.left).toBe(3);
    const { texts, tags } = readAll(second);
    expect(texts).toEqual(['0', '1', '2']);
    for (const tag of tags) second.settle(tag);
    expect(files()).toEqual([]);
  });

  it('does not touch the files of a living process', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const spool = open('a');
    spool.write(line('1'));
    spool.close();
    const [file] = files() as [string];
    const start = fs
      .readFileSync(`/proc/${child.pid}/stat`, 'latin1')
      .split(') ')[1]
      ?.split(' ')[19];
    const parts = file.split(`.${process.pid}.`);
    const rest = (parts[1] as string).replace(/^\d+/, start as string);
    fs.renameSync(join(directory, file), join(directory, `${parts[0]}.${child.pid}.${rest}`));
    const other = open('b');
    expect(other.adopt(Date.now())).toBe(0);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(other.adopt(Date.now())).toBe(1);
  });

  it('takes the files of an invisible process only when they were not touched for a minute', () => {
    const path = join(directory, ELSEWHERE);
    fs.writeFileSync(path, line('1'));
    const spool = open('a');
    expect(spool.adopt(Date.now())).toBe(0);
    fs.utimesSync(path, Date.now() / 1000 - 61, Date.now() / 1000 - 61);
    expect(spool.adopt(Date.now())).toBe(1);
    expect(readAll(spool).texts).toEqual(['1']);
  });

  it('counts truncated and foreign lines and delivers the others', () => {
    const whole = [
      line('1'),
      '\0\0\0\0\n',
      '{"_time":"half\n',
      line('2'),
      line('truncated').slice(0, -3),
    ];
    const path = join(directory, ELSEWHERE);
    fs.writeFileSync(path, whole.join(''));
    fs.utimesSync(path, 1, 1);
    const spool = open('a');
    spool.adopt(Date.now());
    expect(readAll(spool)).toMatchObject({ texts: ['1', '2'], truncated: 3 });
  });

  it('reads back what had to leave the memory, and only that', () => {
    const spool = open('a');
    const big = 'x'.repeat(100_000);
    const tags = Array.from({ length: 4 }, (_, i) => spool.write(line(`${i}${big}`)));
    expect(spool.leave(tags[1] as number)).toBe(true);
    for (const at of [0, 2]) spool.settle(tags[at] as number);
    expect(spool.left).toBe(1);
    const back = readAll(spool);
    expect(back.texts.map((text) => text[0])).toEqual(['1']);
    expect(spool.left).toBe(0);
  });

  it('knows its own lines from those that it reads back meanwhile', () => {
    fs.writeFileSync(join(directory, ELSEWHERE), [1, 2, 3].map((n) => line(`old ${n}`)).join(''));
    fs.utimesSync(join(directory, ELSEWHERE), 1, 1);
    const spool = open('a');
    const own = [spool.write(line('own 1'))];
    spool.adopt(Date.now());
    const old = spool.readBack(Date.now())?.lines.map(({ tag }) => tag) ?? [];
    own.push(spool.write(line('own 2')), spool.write(line('own 3')));
    expect(new Set([...own, ...old]).size).toBe(6);
    for (const tag of old) spool.settle(tag);
    const onDisk = () =>
      files()
        .map((file) => fs.readFileSync(join(directory, file), 'utf8'))
        .join('');
    expect(onDisk().match(/(old|own) \d/g)).toEqual(['own 1', 'own 2', 'own 3']);
    for (const tag of own) expect(spool.leave(tag)).toBe(true);
    spool.close();
    expect(readAll(spool).texts.sort()).toEqual(['own 1', 'own 2', 'own 3']);
  });

  it('reads the same file again and again without doubling or losing a line', () => {
    const path = join(directory, ELSEWHERE);
    const texts = Array.from({ length: 40 }, (_, i) => line(String(i)));
    fs.writeFileSync(path, `${texts.slice(0, 20).join('')}truncated\n${texts.slice(20).join('')}`);
    fs.utimesSync(path, 1, 1);
    const spool = open('a');
    spool.adopt(Date.now());
    const delivered: string[] = [];
    let truncated = 0;
    for (let back = spool.readBack(Date.now()); back; back = spool.readBack(Date.now())) {
      truncated += back.truncated;
      back.lines.forEach(({ line, tag }, at) => {
        // A third is delivered, the others leave the memory once more.
        if (at % 3 === 0) {
          delivered.push(JSON.parse(line)._msg);
          spool.settle(tag);
        } else spool.leave(tag);
      });
    }
    expect(truncated).toBe(1);
    expect(delivered.map(Number).sort((a, b) => a - b)).toEqual(texts.map((_, i) => i));
    expect(files()).toEqual([]);
  });

  describe('with lines that a server may drop', () => {
    const hours = (count: number) => new Date(Date.now() - count * 3_600_000).toISOString();
    const old = [hours(24 * 8), hours(30), hours(1)];

    /** The times that are sent, and those that are kept beside them, when a server answers this for its metrics. */
    async function read(metrics: string, status = 200): Promise<[Spool, unknown[]]> {
      const server = createServer((_, response) => response.writeHead(status).end(metrics));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      fs.writeFileSync(join(directory, ELSEWHERE), old.map((time) => line('old', time)).join(''));
      fs.utimesSync(join(directory, ELSEWHERE), 1, 1);
      const spool = open('a', { port: (server.address() as AddressInfo).port });
      spool.adopt(Date.now());
      expect(spool.readBack(Date.now())).toBeUndefined();
      expect(spool.left).toBe(3);
      expect(spool.retention.isWanted).toBe(true);
      await spool.retention.learn();
      server.close();
      const lines = spool.readBack(Date.now())?.lines.map(({ line }) => JSON.parse(line)) ?? [];
      for (const { _time, _time_extracted } of lines.filter(({ _time }) => !old.includes(_time))) {
        expect(Date.now() - Date.parse(_time)).toBeLessThan(60_000);
        expect(old).toContain(_time_extracted);
      }
      return [spool, lines.map(({ _time }) => (old.includes(_time) ? _time : 'now'))];
    }
    const flag = (name: string, value: string) =>
      `flag{name="${name}", value="${value}", is_set="1"} 1\n`;

    it('asks it, and gives those that it would drop the present time', async () => {
      const [spool, times] = await read(`a 1\n${flag('retentionPeriod', '7d')}`);
      expect(times).toEqual(['now', old[1], old[2]]);
      expect(spool.retention.guessed).toBe(0);
    });

    it.each([
      ['has no such page', '', 404],
      ['does not say it', 'a 1\n', 200],
      ['passes lines on', flag('retentionPeriod', '100y') + flag('storageNode', 'a:1'), 200],
    ])('trusts only the last day if it %s, and counts the others', async (_, metrics, status) => {
      const [spool, times] = await read(metrics, status);
      expect(times).toEqual(['now', 'now', old[2]]);
      expect(spool.retention.guessed).toBe(2);
    });

    it('asks it past the agent of the program, which may lead through a proxy', async () => {
      const { globalAgent } = http;
      onTestFinished(() => {
        http.globalAgent = globalAgent;
      });
      const isUsed = vi.fn();
      http.globalAgent = new (class extends http.Agent {
        override createConnection(...to: Parameters<http.Agent['createConnection']>) {
          isUsed();
          return super.createConnection(...to);
        }
      })();
      await read(flag('retentionPeriod', '7d'));
      expect(isUsed).not.toHaveBeenCalled();
    });

    it('reads one such file at a time, and others in between, until it has answered', () => {
      for (const [at, time] of [hours(30), hours(1), hours(30)].entries()) {
        const path = join(directory, ELSEWHERE.replace('-0.', `-${at}.`));
        fs.writeFileSync(path, line('old', time));
        fs.utimesSync(path, 1, 1);
      }
      const spool = open('a', { port: 2 });
      expect(spool.adopt(Date.now())).toBe(3);
      const reads = Array.from({ length: 4 }, () => spool.readBack(Date.now())?.lines.length);
      expect(reads.filter((lines) => lines === 1)).toHaveLength(1);
      expect(reads[0]).toBeUndefined();
      expect(spool.left).toBe(2);
      // Another process has taken them over.
      for (const name of files()) fs.rmSync(join(directory, name));
      for (let look = 0; look < 3; look++) expect(spool.readBack(Date.now())).toBeUndefined();
      expect(spool.hasUnread).toBe(false);
    });

    it('keeps them while it cannot be reached', async () => {
      fs.writeFileSync(join(directory, ELSEWHERE), line('old', old[1]));
      fs.utimesSync(join(directory, ELSEWHERE), 1, 1);
      const spool = open('a', { port: 2 });
      spool.adopt(Date.now());
      expect(spool.readBack(Date.now())).toBeUndefined();
      await spool.retention.learn();
      expect(spool.retention.isWanted).toBe(true);
      expect(spool.readBack(Date.now())).toBeUndefined();
      expect(spool.left).toBe(1);
    });
  });

  it('takes what a thread has left that has ended, although its process lives', async () => {
    const source = fileURLToPath(new URL('../../src/delivery/spool/owners.ts', import.meta.url));
    const worker = new Worker(
      `import(process.argv[2]).then(({ thisThread }) => {
        const { pid, start } = thisThread();
        require('node:worker_threads').parentPort.postMessage(pid + '.' + start);
        setInterval(() => {}, 1000);
      })`,
      { eval: true, argv: [source] },
    );
    const [owner] = await once(worker, 'message');
    const first = open('a');
    first.write(line('of a thread'));
    first.close();
    const [file = ''] = files();
    const [start] = file.split('.').slice(4);
    const moved = file.replace(`.${process.pid}.${start}.`, `.${owner}.`);
    expect(moved).not.toBe(file);
    fs.renameSync(join(directory, file), join(directory, moved));
    const other = open('b');
    expect(other.adopt(Date.now())).toBe(0);
    await worker.terminate();
    expect(other.adopt(Date.now())).toBe(1);
    expect(readAll(other).texts).toEqual(['of a thread']);
  });

  it('counts a line that is too long for the server as damaged, and takes its neighbors', () => {
    const path = join(directory, ELSEWHERE);
    const long = [262_000, 262_144, 1_100_000].map((size) => line('x'.repeat(size)));
    fs.writeFileSync(path, [line('1'), ...long, line('2')].join(''));
    fs.utimesSync(path, 1, 1);
    const spool = open('a');
    spool.adopt(Date.now());
    const { texts, truncated } = readAll(spool);
    expect(texts.map((text) => text.length)).toEqual([1, 262_000, 1]);
    expect(truncated).toBe(2);
  });

  it('does not use a directory that others can write to, and says why', () => {
    fs.writeFileSync(join(directory, ELSEWHERE), line('forged'));
    fs.utimesSync(join(directory, ELSEWHERE), 1, 1);
    fs.chmodSync(directory, 0o777);
    const spool = open('a');
    expect(spool.write(line('1'))).toBe(0);
    expect(spool.adopt(Date.now())).toBe(0);
    expect(failures[0]).toContain('can be written to by others');
    expect(files()).toEqual([ELSEWHERE]);
    directory = join(directory, 'own');
    expect(open('b').write(line('1'))).toBeGreaterThan(0);
    directory = join(directory, '..');
  });

  it('says when it is full, goes on with what it has, and takes lines again when there is room', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const spool = open('a', { maxBytes: 300_000 });
    const tags: number[] = [];
    for (let tag = 1; tag > 0; tags.push(tag)) tag = spool.write(line('x'.repeat(10_000)));
    expect(failures).toEqual([expect.stringContaining('300000 bytes')]);
    for (const tag of tags) spool.settle(tag);
    spool.close();
    expect(files()).toEqual([]);
    vi.useRealTimers();
  });

  it.each(['file/sub', '/proc/direct-logging'])('says when %s cannot be made', (name) => {
    fs.writeFileSync(join(directory, 'file'), '');
    const spoolDir = name.startsWith('/') ? name : join(directory, name);
    const settings = {
      endpoint: ENDPOINT,
      headers: {},
      spoolDir,
      spoolMaxBytes: 1 << 20,
      maxQueueBytes: 1 << 25,
      streamFields: [],
      retentionMs: undefined,
    };
    const spool = new Spool(settings, 'b', (reason) => failures.push(reason));
    expect(failures[0]).toMatch(/ENOTDIR|ENOENT/);
    expect(spool.write(line('1'))).toBe(0);
  });

  it('makes its directory again when somebody has removed it', () => {
    const spool = open('a');
    expect(spool.write(line('before'))).toBeGreaterThan(0);
    fs.rmSync(directory, { recursive: true });
    clock.now = () => Date.now() + 70_000;
    expect(spool.write(line('after'))).toBeGreaterThan(0);
    expect(fs.readFileSync(join(directory, files()[0] as string), 'utf8')).toContain('"after"');
  });

  it('uses a directory as soon as it can be made', () => {
    const place = join(directory, 'place');
    directory = join(place, 'spool');
    fs.writeFileSync(place, '');
    const spool = open('a');
    expect(spool.write(line('too early'))).toBe(0);
    fs.rmSync(place);
    clock.now = () => Date.now() + 2_000;
    expect(spool.write(line('in time'))).toBeGreaterThan(0);
    expect(failures).not.toEqual([]);
    directory = join(place, '..');
  });

  it('leaves alone what is no file, and takes no line that would make the server crash', () => {
    fs.mkdirSync(join(directory, ELSEWHERE.replace('x-0', 'x-1')));
    const path = join(directory, ELSEWHERE);
    const twice = `{"_time":"${new Date().toISOString()}","_msg":"x","job":"a","job":"b"}\n`;
    const nested = twice.replace('"job":"b"', '"list":[{"job":1},{"job":2}]');
    fs.writeFileSync(path, twice + nested);
    for (const file of files()) fs.utimesSync(join(directory, file), 1, 1);
    const spool = open('a');
    expect(spool.adopt(Date.now())).toBe(1);
    expect(readAll(spool)).toMatchObject({ texts: ['x'], truncated: 1 });
    expect(failures).toEqual([]);
  });

  describe('of a process that was frozen', () => {
    const taken = () => join(directory, ELSEWHERE);
    const takeFrom = (file: string) => takeOver(join(directory, file), taken(), Date.now());
    /** In files that still belong to the spool. */
    const ownLines = () =>
      files()
        .filter((file) => file !== ELSEWHERE)
        .flatMap((file) => fs.readFileSync(join(directory, file), 'utf8').match(/frozen|thawed/g));

    it('writes the next line into a file that nobody has taken, however short it was frozen', () => {
      const spool = open('a');
      const first = spool.write(line('frozen'));
      takeFrom(files()[0] as string);
      const second = spool.write(line('thawed'));
      expect(ownLines()).toEqual(['thawed']);
      spool.settle(first);
      spool.settle(second);
      spool.close();
      expect(fs.readFileSync(taken(), 'utf8')).toContain('frozen');
    });

    it('has a line twice rather than not at all when it was frozen in the middle of it', () => {
      const spool = open('a');
      spool.write(line('frozen'));
      const [own] = files() as [string];
      // The spool asks for the time before it writes.
      clock.now = () => {
        clock.now = () => Date.now();
        takeFrom(own);
        return Date.now();
      };
      expect(spool.write(line('thawed'))).toBeGreaterThan(0);
      expect(ownLines()).toEqual(['thawed']);
      expect(fs.readFileSync(taken(), 'utf8')).toContain('thawed');
    });

    it('leaves lines to the process that has taken their file', () => {
      fs.writeFileSync(taken(), line('frozen'));
      fs.utimesSync(taken(), 1, 1);
      const spool = open('a');
      expect(spool.adopt(Date.now())).toBe(1);
      takeFrom(files()[0] as string);
      expect(spool.readBack(Date.now())).toBeUndefined();
      expect(spool.left).toBe(0);
      expect(failures).toEqual([]);
      expect(files()).toEqual([ELSEWHERE]);
    });
  });

  it('leaves lines for another server or tenant to those that are set up for it, and says so', async () => {
    const warnings: Array<{ code?: string; message: string }> = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on('warning', listener);
    open('a', { headers: { AccountID: '1' } }).write(line('of tenant 1'));
    for (const spool of spools) spool.close();
    orphan();
    for (const file of files()) fs.utimesSync(join(directory, file), 1, 1);
    expect(open('b').adopt(Date.now())).toBe(0);
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    process.off('warning', listener);
    expect(warnings[0]).toMatchObject({
      code: 'DL_SPOOL_OTHERS',
      message: expect.stringContaining(`${directory}: 1 file is for another server or tenant`),
    });
    const same = open('c', { headers: { AccountID: '1', Authorization: 'Bearer new' } });
    expect(same.adopt(Date.now())).toBe(1);
    expect(readAll(same).texts).toEqual(['of tenant 1']);
  });

  it('leaves alone what is too large to be of a spool, and has room beside it', () => {
    const path = join(directory, ELSEWHERE);
    fs.writeFileSync(path, line('1'));
    fs.truncateSync(path, 2 ** 30);
    fs.utimesSync(path, 1, 1);
    const spool = open('a', { maxBytes: 1 << 20 });
    expect(spool.adopt(Date.now())).toBe(0);
    expect(spool.left).toBe(0);
    expect(spool.write(line('2'))).toBeGreaterThan(0);
    expect(fs.statSync(path).size).toBe(2 ** 30);
  });

  it('reads back what is left in the file that it writes to', () => {
    const spool = open('a');
    const [left, settled] = [spool.write(line('left')), spool.write(line('settled'))];
    spool.leave(left);
    spool.settle(settled);
    expect(readAll(spool).texts).toEqual(['left']);
  });

  it('keeps a file for later that cannot be read for want of a descriptor', () => {
    fs.writeFileSync(join(directory, ELSEWHERE), line('1') + line('2'));
    fs.utimesSync(join(directory, ELSEWHERE), 1, 1);
    expect(atLimits('ulimit -n 64', 'no-descriptors')).toEqual({
      adopted: 1,
      readWithout: null,
      leftWithout: null,
      failures: [expect.stringContaining('EMFILE')],
      readLater: ['1', '2'],
    });
  });

  it('leaves no half line where no more can be written, and says so', () => {
    expect(atLimits('ulimit -f 20', 'full')).toMatchObject({
      written: expect.any(Number),
      failures: [expect.stringMatching(/ENOSPC|EFBIG/)],
      endsInNewline: true,
    });
    for (const file of files()) {
      expect(
        JSON.parse(fs.readFileSync(join(directory, file), 'utf8').split('\n')[0] ?? ''),
      ).toBeDefined();
    }
  });
});

/** What a process under this limit does with a spool. */
function atLimits(limit: string, what: string): unknown {
  const command = `${limit} && exec "$0" "$@"`;
  const args = ['-c', command, process.execPath, AT_LIMITS, what, directory];
  const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}
