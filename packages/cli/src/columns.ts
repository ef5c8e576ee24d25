/** Rows of cells as aligned lines of text. Pure. */

/** @param firstRight From this column on, cells are aligned on the right. Default: none is. */
export function columns(
  rows: ReadonlyArray<readonly string[]>,
  firstRight: number = Number.POSITIVE_INFINITY,
): string[] {
  // Not as arguments of one call, which cannot have as many as there can be rows.
  const widths = (rows[0] ?? []).map((_, at) =>
    rows.reduce((width, cells) => Math.max(width, cells[at]?.length ?? 0), 0),
  );
  const padded = (cell: string, at: number) =>
    at < firstRight ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0);
  return rows.map((cells) => cells.map(padded).join('  ').trimEnd());
}
