/** What of a program's records is in VictoriaLogs: how many are missing, duplicated, out of order. */
import type { VictoriaLogs } from '../environment/victorialogs.ts';

/** Counted by `shipper.seq`, which starts at 1 and has no gaps. */
export interface Received {
  readonly missing: number;
  readonly duplicates: number;
  /** Neighbors in the order of `_time` whose numbers go down. */
  readonly outOfOrder: number;
}

/** Counts the records of the program with this `container_name`, of which so many were written. */
export async function received(
  server: VictoriaLogs,
  name: string,
  written: number,
): Promise<Received> {
  await server.forceFlush();
  const query = `container_name:="${name}" | sort by (_time) | fields shipper.id, shipper.seq`;
  const rows = await server.query(query);
  const numbers = rows.map((row) => Number(row['shipper.seq']));
  const outOfOrder = numbers.filter((number, at) => at > 0 && number < (numbers[at - 1] as number));
  const { size } = new Set(rows.map((row) => `${row['shipper.id']} ${row['shipper.seq']}`));
  return {
    missing: written - size,
    duplicates: rows.length - size,
    outOfOrder: outOfOrder.length,
  };
}
