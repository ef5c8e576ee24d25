/** Delivers what processes that are gone have left in a spool directory. */
import { Delivery, senderFor } from './delivery/delivery.ts';
import { settingsOfProcess, type TransportOptions } from './options.ts';
import { nodeClock, steadyClock } from './process/timers.ts';
import { debugWriter } from './process/warn.ts';

/** What became of a spool. */
export interface DrainResult {
  /** Files read. */
  readonly files: number;
  /** Lines acknowledged by the server. */
  readonly delivered: number;
  /** Lines that were not whole, and are lost. */
  readonly torn: number;
  /** Lines that the server does not take, and are given up. */
  readonly refused: number;
  /** Lines that are still in the directory, because the time was up. */
  readonly left: number;
}

/**
 * Takes over the files of processes that are gone and delivers them. The files of living processes are left alone. Nothing
 * of this keeps the event loop alive but the waits for answers: a program that has nothing else to do holds a timer.
 * @throws TypeError for a bad option, and when neither the options nor the environment name a server and a directory.
 */
export async function drainSpool(
  options: TransportOptions,
  limit: { readonly timeoutMs: number },
): Promise<DrainResult> {
  const { settings, problems } = settingsOfProcess(options);
  if (settings === undefined) throw new TypeError(problems.join('. '));
  if (settings.spoolDir === '') {
    throw new TypeError(
      'spoolDir: expected a directory, as an option or in VICTORIALOGS_SPOOL_DIR',
    );
  }
  const deadline = steadyClock() + limit.timeoutMs;
  const delivery = new Delivery(settings, {
    clock: nodeClock,
    random: Math.random,
    shipperId: `drain${process.pid}${Date.now()}`,
    makeSender: (host, portable) => senderFor(settings, host, portable),
    debug: debugWriter(settings.debug),
    report: () => {},
  });
  while (steadyClock() < deadline && delivery.readBack()) {
    await delivery.flush(deadline - steadyClock());
  }
  const { delivered, dropped, queued, spooled } = delivery.stats;
  const { torn = 0, ...others } = dropped;
  await delivery.close(0);
  return {
    files: delivery.filesReadBack,
    delivered,
    torn,
    refused: Object.values(others).reduce((sum, count) => sum + count, 0),
    left: queued + spooled,
  };
}
