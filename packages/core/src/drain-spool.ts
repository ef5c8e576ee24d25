/** Delivers what ended processes left in a spool directory. @lazy */
import { Delivery } from './delivery/delivery.ts';
import { orphansIn } from './delivery/spool/directory.ts';
import { destinationOf } from './delivery/spool/file-name.ts';
import { thisThread } from './delivery/spool/owners.ts';
import { settingsOfProcess } from './options.ts';
import { enableDebug } from './process/debug.ts';
import { makePrivateFolder } from './process/private-files.ts';
import { random, randomId } from './process/random.ts';
import { nodeClock, nodeTimers, steadyClock, wallClock } from './process/timers.ts';
import { senderFor } from './senders/sender-for.ts';
import { ownOptions } from './settings/own-options.ts';
import type { TransportOptions } from './settings/table.ts';

const ASK_AGAIN_MS = 200;
const DEFAULT_TIMEOUT_MS = 30_000;

/** How a spool is drained. */
export interface DrainOptions {
  /** How long to try, in milliseconds; 0 or more. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Also delivers files for other servers and tenants, for example after the server has moved. Default: false. */
  readonly all?: boolean | undefined;
}

/** The result of draining a spool. */
export interface DrainResult {
  /** Files read. */
  readonly files: number;
  /** Lines acknowledged by the server. */
  readonly delivered: number;
  /**
   * How many of these got the time of the drain, because nobody can say whether the server keeps lines as old as theirs: it does
   * not answer for its `-retentionPeriod`, and `retention` is not set.
   */
  readonly guessed: number;
  /** Incomplete lines. They are lost. */
  readonly truncated: number;
  /** Lines given up for any other reason, mostly because the server refuses them. */
  readonly refused: number;
  /** Lines still in the directory: the time was up, or their file could not be read. */
  readonly left: number;
  /** Files that could not be taken over: those of another user, or with a second name, or larger than any of ours. They stay. */
  readonly untaken: number;
  /** Files that ended processes left for another server or tenant, and files whose names are not ours. They stay. */
  readonly others: number;
}

/**
 * Takes over the files that ended processes left for the same server and tenant, and delivers them. The files of running
 * processes stay untouched. Only the waits for answers keep the event loop alive: a program that has nothing else to do must
 * hold a timer.
 * @throws TypeError for a bad option, for a bad server URL, tenant, bearer token or redaction rule in the environment, and when no
 * directory is named.
 * @throws Error when the directory cannot be used, for example because others can write to it.
 */
export async function drainSpool(
  options: TransportOptions = {},
  drainOptions: DrainOptions = {},
): Promise<DrainResult> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, all = false } = ownOptions(drainOptions);
  const { settings, problems } = settingsOfProcess(options);
  if (settings === undefined) throw new TypeError(problems.join('. '));
  if (settings.spoolDir === '') {
    throw new TypeError(
      'spoolDir: expected a directory, as an option or in VICTORIALOGS_SPOOL_DIR',
    );
  }
  if (!(timeoutMs >= 0)) throw new TypeError(`timeoutMs: must be milliseconds; got ${timeoutMs}`);
  makePrivateFolder(settings.spoolDir);
  const deadline = steadyClock() + timeoutMs;
  if (settings.debug) enableDebug();
  const delivery = new Delivery(
    { ...settings, takesAll: all },
    {
      clock: nodeClock,
      random,
      shipperId: `drain${randomId()}`,
      makeSender: (host) => senderFor(settings, host),
      loopIsNeeded: () => {},
      report: () => {},
    },
  );
  const retention = delivery.spool?.retention;
  // While a flush waits for lines, the delivery can read more files by itself.
  for (let isMore = true; isMore && steadyClock() < deadline; ) {
    const hasRead = delivery.readBack?.next() === true;
    const { complete, pending } = await delivery.flush(deadline - steadyClock());
    isMore = hasRead || (complete && pending > 0) || retention?.isWanted === true;
    if (retention?.isWanted) await retention.learn();
    if (retention?.isWanted) {
      await new Promise<void>((resolve) => nodeTimers.start(resolve, ASK_AGAIN_MS));
    }
  }
  const { delivered, dropped, queued, spooled } = delivery.stats;
  const { truncated = 0, ...others } = dropped;
  // What is left is in the result.
  await delivery.close(0, true);
  // Only files that ended processes have left: those that were taken over belong to this process.
  const ours = destinationOf(settings.endpoint, settings.headers);
  const files = orphansIn(settings.spoolDir, thisThread().space, wallClock(), () => false);
  const untaken = files.filter(({ name }) => all || name?.destination === ours).length;
  return {
    files: delivery.readBack?.files ?? 0,
    delivered,
    guessed: retention?.guessed ?? 0,
    truncated,
    refused: Object.values(others).reduce((sum, count) => sum + count, 0),
    left: queued + spooled,
    untaken,
    others: files.length - untaken,
  };
}
