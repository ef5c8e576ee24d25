/** Draws a run that was killed: what it printed, and beside it what is stored. Readable on light and on dark pages. */
import type { KilledRun } from './killed-run.ts';

const WIDTH = 880;
const ROW = 54;
const TOP = 104;
const LEFT = 24;
const RIGHT = 462;
const LINE = 18;
/** Shown of a record, where it has them. */
const FIELDS = ['logger', 'stream', 'orderId', 'error.type'];

const STYLE = `
text { font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
.title { font: 600 14px system-ui, sans-serif }
.note { font: 13px system-ui, sans-serif; fill: #59636e }
.field { fill: #59636e }
.INFO { fill: #0969da } .WARN { fill: #9a6700 } .ERROR, .killed { fill: #cf222e }
.stored { font: 600 14px system-ui, sans-serif; fill: #1a7f37 }
.page { fill: #ffffff; stroke: #d1d9e0 } .box { fill: #f6f8fa } .arrow { stroke: #818b98; fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.note, .field { fill: #9198a1 }
.INFO { fill: #4493f8 } .WARN { fill: #d29922 } .ERROR, .killed { fill: #f85149 }
.stored { fill: #3fb950 }
.page { fill: #0d1117; stroke: #3d444d } .box { fill: #151b23 } .arrow { stroke: #9198a1 }
}`;

/** The text of the SVG. */
export function drawKilled({ signal, printed, records }: KilledRun): string {
  const bottom = TOP + ROW * printed.length;
  const height = bottom + 68;
  const stored = `${records.length} of ${printed.length} messages are stored, the last one too.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<title>${escaped(`What a program prints before ${signal}, and the records that VictoriaLogs stores.`)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    `<rect class="box" x="12" y="72" width="412" height="${height - 84}" rx="6"/>`,
    `<rect class="box" x="448" y="72" width="420" height="${height - 84}" rx="6"/>`,
    text(LEFT, 32, 'title', 'What the program prints'),
    text(LEFT, 54, 'note', 'as before, byte for byte'),
    text(RIGHT, 32, 'title', 'What VictoriaLogs stores'),
    text(RIGHT, 54, 'note', 'one record for each message'),
    ...printed.flatMap((message, at) => drawPrinted(message, TOP + ROW * at)),
    ...records.flatMap((record, at) => drawRecord(record, TOP + ROW * at)),
    text(LEFT, bottom, 'killed', 'Killed'),
    text(LEFT, bottom + 28, 'note', 'kill -9, right after the last message'),
    text(RIGHT, bottom + 28, 'stored', stored),
    '</svg>\n',
  ].join('\n');
}

function drawPrinted(message: string, y: number): string[] {
  const lines = message.split('\n').map((line, at) => text(LEFT, y + LINE * at, '', line));
  return [...lines, `<path class="arrow" d="M428 ${y - 4}h14m-5 -4l5 4l-5 4"/>`];
}

function drawRecord(record: Readonly<Record<string, string>>, y: number): string[] {
  const { level = '', _msg = '' } = record;
  const fields = FIELDS.filter((name) => record[name] !== undefined);
  const shown = fields.map((name) => `${name}=${record[name]}`).join(' ');
  return [
    text(RIGHT, y, level, level),
    text(RIGHT + 54, y, '', _msg.split('\n')[0] ?? ''),
    text(RIGHT + 54, y + LINE, 'field', shown),
  ];
}

function text(x: number, y: number, name: string, content: string): string {
  const attribute = name === '' ? '' : ` class="${name}"`;
  return `<text x="${x}" y="${y}"${attribute} xml:space="preserve">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
