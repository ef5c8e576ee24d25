/** Somebody else on the same server: inserts a row every 20 ms, and knows which of them were acknowledged. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { succeeds } from '../environment/succeeds.ts';
import type { VictoriaLogs } from '../environment/victorialogs.ts';
import { insertLines } from '../environment/victorialogs-queries.ts';

/** At work. */
export interface Bystander {
  /** Ends the work and returns the acknowledged rows. */
  stop(): Promise<readonly AcknowledgedRow[]>;
  /** Those of these rows that the server does not have. */
  missing(rows: readonly AcknowledgedRow[]): Promise<readonly AcknowledgedRow[]>;
}

/** A row that the server has said it has. */
interface AcknowledgedRow {
  readonly id: string;
  /** When it said so, by `performance.now()`. */
  readonly atMs: number;
}

const EVERY_MS = 20;
const TIMEOUT_MS = 10_000;

/** Begins to insert rows. */
export function startBystander(server: VictoriaLogs): Bystander {
  const name = `bystander-${randomUUID()}`;
  const acknowledged: AcknowledgedRow[] = [];
  let going = true;
  const work = async (): Promise<void> => {
    for (let count = 0; going; count++) {
      const id = String(count);
      const row = { _time: new Date().toISOString(), _msg: 'a row', container_name: name, id };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const work = insertLines(server.url, [JSON.stringify(row)], 'container_name', signal);
      if (await succeeds(work)) {
        acknowledged.push({ id, atMs: performance.now() });
      }
      await sleep(EVERY_MS);
    }
  };
  const done = work();
  return {
    async stop() {
      going = false;
      await done;
      return acknowledged;
    },
    async missing(rows) {
      await server.forceFlush();
      const stored = await server.query(`container_name:="${name}" | fields id`);
      const present = new Set(stored.map(({ id }) => id));
      return rows.filter(({ id }) => !present.has(id));
    },
  };
}
