/** Lines faster than anything can take them: memory stays within the setting, and what goes is counted and told. */
import { access } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { forTests, testServer } from '../environment/for-tests.ts';
import { type Fault, startFaultProxy } from './fault-proxy.ts';
import { record } from './measured.ts';
import { type Report, ship } from './shipping-program.ts';

const SHORT_LINES = 150_000;
const MAX_QUEUE_BYTES = isFullRun() ? 32 * 1024 * 1024 : 8 * 1024 * 1024;
/** What V8 has not collected yet decides most of the resident memory, so one case holds V8 down to what it needs. */
const SMALL_HEAP = ['--max-old-space-size=32', '--max-semi-space-size=4'];
const CASES = [
  { kind: 'refuse', heap: 'small', lines: 5_000_000, flags: SMALL_HEAP, constantMb: 64 },
  { kind: 'hang', heap: 'small', lines: 3_000_000, flags: SMALL_HEAP, constantMb: 64 },
  { kind: 'refuse', heap: 'default', lines: 5_000_000, flags: [], constantMb: 200 },
] as const;
const MB = 1_000_000;

interface MemoryReport extends Report {
  readonly microsecondsPerLine: number;
  readonly mostQueuedBytes: number;
  readonly startRssBytes: number;
  readonly peakRssBytes: number;
}

const server = testServer({ own: true });
const proxy = forTests(() => startFaultProxy(server.url));

describe.each(CASES)('with a server that does: $kind, heap: $heap', (given) => {
  const { kind, heap, flags, constantMb } = given;
  const lines = isFullRun() ? given.lines : SHORT_LINES;

  it('memory stays within the queue and a constant', { timeout: 300_000 }, async () => {
    await proxy.misbehave({ kind });
    const env = {
      LINES: String(lines),
      PADDING: '20',
      VICTORIALOGS_MAX_QUEUE_BYTES: String(MAX_QUEUE_BYTES),
    };
    const run = await ship<MemoryReport>({
      program: 'fast.mjs',
      flags: [...flags, '--import', 'direct-logging'],
      url: proxy.url,
      env,
      timeoutMs: 280_000,
    });
    expect(run).toMatchObject({ code: 0, signal: null });
    const { stats, mostQueuedBytes, startRssBytes, peakRssBytes } = run.report;
    const grown = peakRssBytes - startRssBytes;
    record('memory', `${kind}, ${heap} heap`, {
      lines,
      maxQueueMb: Math.round(MAX_QUEUE_BYTES / MB),
      startRssMb: Math.round(startRssBytes / MB),
      peakRssMb: Math.round(peakRssBytes / MB),
      mostQueuedMb: Math.round(mostQueuedBytes / MB),
      microsecondsPerLine: Number(run.report.microsecondsPerLine.toFixed(1)),
      dropped: stats.dropped,
    });
    expect(mostQueuedBytes).toBeLessThanOrEqual(MAX_QUEUE_BYTES);
    expect(mostQueuedBytes).toBeGreaterThan(MAX_QUEUE_BYTES * 0.7);
    expect(grown).toBeLessThan(MAX_QUEUE_BYTES + constantMb * MB);
    expect(stats.delivered).toBe(0);
    expect(stats.dropped).toEqual({ queue_full: stats.written - stats.queued });
    expect(run.stderr.match(/DirectLoggingWarning: log records are dropped/g)).toHaveLength(1);
  });
});

/** What answers hands lines back while others are being dropped. */
const FAULTS: readonly Fault[] = [{ kind: 'refuse' }, { kind: 'answer', status: 503 }];

describe.each(FAULTS)('once a server is back that did: $kind', (fault) => {
  it('has what was kept, the important lines first of all, and a record of what was dropped', async () => {
    await proxy.misbehave(fault);
    const passWhenWritten = async (report: string): Promise<void> => {
      await vi.waitFor(() => access(report));
      await proxy.misbehave({ kind: 'pass' });
    };
    const run = await ship<MemoryReport>({
      program: 'fast.mjs',
      url: proxy.url,
      env: {
        LINES: '60000',
        VICTORIALOGS_MAX_QUEUE_BYTES: String(4 * 1024 * 1024),
        WAIT_MS: '60000',
      },
      timeoutMs: 90_000,
      onStart: (_, report) => void passWhenWritten(report),
    });
    const { stats } = run.report;
    const dropped = stats.dropped.queue_full ?? 0;
    expect(dropped).toBeGreaterThan(30_000);
    expect(stats).toMatchObject({ queued: 0, delivered: stats.written - dropped });

    const ours = `container_name:="${run.name}"`;
    await server.forceFlush();
    expect(await server.count(ours)).toBe(stats.delivered);
    // console.error makes every thousandth line important: those go last.
    expect(await server.count(`${ours} level:=ERROR`)).toBe(60);
    expect(await server.query(`${ours} logger:=direct-logging`)).toMatchObject([
      {
        level: 'WARN',
        _msg: `${dropped} log records of this process were dropped`,
        'shipper.dropped': String(dropped),
        'shipper.dropped.queue_full': String(dropped),
      },
    ]);
    const last = await server.query(`${ours} level:=INFO | sort by (_time desc) | limit 1`);
    expect(last[0]?._msg).toContain('line 59999 ');
  });
});
