/** One row of VictoriaLogs as a line for people. Pure. */
import { oneLine, paint, type Style, shortTime } from './print.ts';
import type { Row } from './queries.ts';

const COLORS = new Map<string, Style>([
  ['TRACE', 'gray'],
  ['DEBUG', 'blue'],
  ['INFO', 'green'],
  ['WARN', 'yellow'],
  ['ERROR', 'red'],
  ['FATAL', 'red'],
]);
const LEVEL_WIDTH = 5;

/** With its newline, and with these fields, where the row has them. */
export function showRow(row: Row, fields: readonly string[] = []): string {
  const { _time = '', _msg = '', level = '', container_name = '' } = row;
  const shown = fields.filter((name) => row[name] !== undefined);
  const beginning = [
    paint('gray', oneLine(shortTime(_time))),
    paint(COLORS.get(level) ?? 'reset', oneLine(level).padEnd(LEVEL_WIDTH)),
    paint('cyan', oneLine(container_name)),
    ...shown.map((name) => `${paint('gray', `${name}=`)}${oneLine(row[name] ?? '')}`),
  ];
  // Of a message of several lines, none but the first begins where a record does.
  return `${beginning.join(' ')} ${_msg.replaceAll('\n', '\n    ')}\n`;
}
