/** One row of VictoriaLogs as a line for people. Pure. */
import { styleText } from 'node:util';
import type { Row } from './server.ts';
import { shortTime } from './short-time.ts';

const COLOURS: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  TRACE: 'gray',
  DEBUG: 'blue',
  INFO: 'green',
  WARN: 'yellow',
  ERROR: 'red',
  FATAL: ['bold', 'red'],
};
const LEVEL_WIDTH = 5;
/** These could move the cursor, change colours or rename the window, and a log can contain any text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** With its newline. */
export function showRow(row: Row, hasColours: boolean): string {
  const { _time = '', _msg = '', level = '', container_name: container = '' } = row;
  const paint = painter(hasColours);
  const colour = COLOURS[level] ?? 'reset';
  const beginning = [
    paint('gray', shortTime(_time)),
    paint(colour, level.padEnd(LEVEL_WIDTH)),
    paint('cyan', container),
  ];
  return `${beginning.join(' ')} ${harmless(_msg)}\n`;
}

/** Styles a text, or leaves it as it is. */
export function painter(
  hasColours: boolean,
): (style: Parameters<typeof styleText>[0], text: string) => string {
  return (style, text) => {
    const clean = harmless(text);
    // Our caller has already decided about colours.
    return hasColours ? styleText(style, clean, { validateStream: false }) : clean;
  };
}

/** The text with each control character, except tabs and newlines, made visible. */
export function harmless(text: string): string {
  return text.replace(CONTROLS, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
