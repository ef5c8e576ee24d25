/** What of a program's records is in VictoriaLogs: how many are missing, duplicated, out of order. */
import { audit } from '../../packages/cli/src/audit.ts';
import type { VictoriaLogs } from '../environment/victorialogs.ts';

/** Counted by `shipper.seq`, which starts at 1 and has no gaps. */
export interface Received {
  readonly missing: number;
  readonly duplicates: number;
  /** Neighbours in the order of `_time` whose numbers go down. */
  readonly outOfOrder: number;
}

/** Counts the records of the program with this `container_name`, of which so many were written. */
export async function received(
  server: VictoriaLogs,
  name: string,
  written: number,
): Promise<Received> {
  await server.forceFlush();
  const query = `container_name:="${name}"`;
  const { present, duplicates } = await audit(
    { url: server.url, headers: {} },
    { query, settleMs: 0 },
  );
  const rows = await server.query(`${query} | sort by (_time) | fields shipper.seq`);
  const numbers = rows.map((row) => Number(row['shipper.seq']));
  const outOfOrder = numbers.filter((number, at) => at > 0 && number < (numbers[at - 1] as number));
  return { missing: written - present, duplicates, outOfOrder: outOfOrder.length };
}
