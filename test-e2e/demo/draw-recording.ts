/** Draws what appeared on a terminal as an SVG in which each line appears at its time. Without animations all of it is there. */

/** What was printed, and when. */
export interface TimedText {
  /** Since the start. */
  readonly atMs: number;
  /** With the escape sequences of colors. */
  readonly text: string;
}

interface Line {
  readonly atMs: number;
  readonly text: string;
}

const CHARACTER = 7.25;
const LINE = 17;
const LEFT = 16;
const TOP = 46;
/** From the command to its first output. The time in which Node starts is left out. */
const DELAY_MS = 800;
const COMMAND = '$ npm run demo';
const ESCAPE = '\x1b[';

const STYLE = `
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #e6edf3; white-space: pre }
.bold { font-weight: 600 } .dim, .gray { fill: #9198a1 } .green { fill: #3fb950 } .yellow { fill: #d29922 }
.red { fill: #f85149 } .magenta { fill: #bc8cff }
.line { animation: before 1s step-end }
@keyframes before { from { opacity: 0 } to { opacity: 0 } }
@media (prefers-reduced-motion: reduce) { .line { animation: none } }`;
/** By the numbers of the escape sequences that `util.styleText` makes. */
const CLASSES: Readonly<Record<string, string>> = {
  ...{ 1: 'bold', 2: 'dim', 90: 'gray', 32: 'green', 33: 'yellow', 31: 'red', 35: 'magenta' },
};

/** The text of the SVG. */
export function drawRecording(parts: readonly TimedText[]): string {
  const lines = [{ atMs: 0, text: COMMAND }, ...linesOf(parts)];
  const width = Math.ceil(Math.max(...lines.map(({ text }) => seen(text).length)) * CHARACTER);
  const height = TOP + LINE * lines.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width + 2 * LEFT} ${height}" width="${width + 2 * LEFT}" height="${height}">`,
    '<title>The demo: a Lambda function is killed right after its last answer, and all its messages are stored.</title>',
    `<style>${STYLE}\n</style>`,
    `<rect x="0.5" y="0.5" width="${width + 2 * LEFT - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#3d444d"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (color, at) => `<circle cx="${LEFT + 6 + 18 * at}" cy="18" r="5" fill="${color}"/>`,
    ),
    ...lines.map(drawLine),
    '</svg>\n',
  ].join('\n');
}

/** A line appears when its end does. Empty ones at the end are left out. */
function linesOf(parts: readonly TimedText[]): Line[] {
  const lines: Line[] = [];
  const startedAt = parts[0]?.atMs ?? 0;
  let rest = '';
  for (const { atMs, text } of parts) {
    const [last = '', ...before] = (rest + text).replaceAll('\r', '').split('\n').reverse();
    rest = last;
    for (const line of before.reverse())
      lines.push({ atMs: atMs - startedAt + DELAY_MS, text: line });
  }
  while (lines.at(-1)?.text === '') lines.pop();
  return lines;
}

function drawLine({ atMs, text }: Line, at: number): string {
  if (seen(text) === '') return '';
  const y = TOP + LINE * at;
  const seconds = (Math.max(10, atMs) / 1_000).toFixed(2);
  return `<text class="line" style="animation-duration:${seconds}s" x="${LEFT}" y="${y}" xml:space="preserve">${inSpans(text)}</text>`;
}

function inSpans(text: string): string {
  const [first = '', ...parts] = text.split(ESCAPE);
  const spans = parts.map((part) => {
    const [, code = '', rest = ''] = /^(\d*)m(.*)$/s.exec(part) ?? [];
    const name = CLASSES[code];
    return name === undefined || rest === ''
      ? escaped(rest)
      : `<tspan class="${name}">${escaped(rest)}</tspan>`;
  });
  return escaped(first) + spans.join('');
}

function seen(text: string): string {
  return text
    .split(ESCAPE)
    .map((part, at) => (at === 0 ? part : part.replace(/^\d*m/, '')))
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
