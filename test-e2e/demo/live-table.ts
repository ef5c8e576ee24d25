/** A table of what VictoriaLogs holds, which grows while the function runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queries, Row } from '../environment/victorialogs-queries.ts';

/** A table that is growing. */
export interface LiveTable {
  /** Resolves with all records as soon as there are `count`, and they are shown; or after ten seconds. */
  finish(count: number): Promise<Row[]>;
}

const LOOK_AGAIN_MS = 150;

/** Calls `show` with the records that `query` finds and that it has not shown yet, in the order of the answer. */
export function liveTable(
  server: Queries,
  query: string,
  show: (records: readonly Row[]) => void,
): LiveTable {
  const shown = new Set<string>();
  let growing = true;
  const showNew = (rows: readonly Row[]) => {
    const added = rows.filter((row) => !shown.has(keyOf(row)));
    for (const row of added) shown.add(keyOf(row));
    if (added.length > 0) show(added);
  };
  const grown = (async () => {
    for (; growing; await sleep(LOOK_AGAIN_MS)) {
      // A question that fails is asked again; the last one tells.
      showNew(await server.query(query).catch(() => []));
    }
  })();
  return {
    async finish(count) {
      growing = false;
      await grown;
      const rows = await server.queryWhen(query, count);
      showNew(rows);
      return rows;
    },
  };
}

/** Tells records apart: a record that was delivered twice has the same key twice. */
export function keyOf(record: Row): string {
  return `${record['shipper.id']} ${record['shipper.seq']}`;
}
