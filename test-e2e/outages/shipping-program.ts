/** Runs a program of this folder with the preload, and reads the report that it leaves. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TransportStats } from '@direct-logging/core';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';

/** What every one of these programs reports. */
export interface Report {
  readonly stats: TransportStats;
}

/** What to run. */
export interface ShippingProgram {
  /** Name of the file in `programs`. */
  readonly program: string;
  readonly args?: readonly string[] | undefined;
  /** Runs it. Default: the Node that runs this. */
  readonly node?: string | undefined;
  /** Flags of Node. Default: the preload alone. */
  readonly flags?: readonly string[] | undefined;
  /** Where its lines go. */
  readonly url: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
  /** Told of the process, of the file that REPORT names, and of the `container_name`. */
  readonly onStart?: ((child: ChildProcess, report: string, name: string) => void) | undefined;
}

/** How it ended. */
export interface ShippingRun<Reported = Report> extends ProgramRun {
  /** `container_name` of its records, and of no others. */
  readonly name: string;
  /** What it wrote to the file that REPORT names; undefined when it wrote nothing. */
  readonly report: Reported;
}

/** One that has left its first report, and runs on. */
export interface StartedProgram {
  readonly child: ChildProcess;
  readonly report: string;
  readonly name: string;
  readonly run: Promise<ShippingRun>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs it to its end. */
export async function ship<Reported = Report>(
  options: ShippingProgram,
): Promise<ShippingRun<Reported>> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-outage-'));
  const name = `outage-${randomUUID()}`;
  const report = join(folder, 'report.json');
  const program = fileURLToPath(new URL(`fixtures/${options.program}`, import.meta.url));
  try {
    const run = await runProgram({
      node: options.node,
      cwd: ROOT,
      args: [
        ...(options.flags ?? ['--import', 'direct-logging']),
        program,
        ...(options.args ?? []),
      ],
      env: {
        VICTORIALOGS_URL: options.url,
        VICTORIALOGS_CONTAINER_NAME: name,
        REPORT: report,
        ...options.env,
      },
      timeoutMs: options.timeoutMs,
      onStart: (child) => options.onStart?.(child, report, name),
    });
    const text = await readFile(report, 'utf8').catch(() => '{}');
    return { ...run, name, report: JSON.parse(text) as Reported };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts it, and resolves when it has left a report. @throws Error if it leaves none for 30 seconds. */
export async function shipUntilReport(options: ShippingProgram): Promise<StartedProgram> {
  const started = await new Promise<StartedProgram>((resolve) => {
    const run = ship({
      ...options,
      onStart: (child, report, name) => resolve({ child, report, name, run }),
    });
  });
  const deadline = Date.now() + 30_000;
  while (!existsSync(started.report)) {
    if (Date.now() > deadline) throw new Error(`${options.program} has left no report`);
    await sleep(10);
  }
  return started;
}
