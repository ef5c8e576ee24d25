/** The only place that prints. What it prints is harmless for the terminal: a record, a name or an answer can hold any text. */
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { harmless, numbered } from '@direct-logging/core';

export interface Printer {
  /** Takes the answer: whole lines, with the marks of `paint` in them. */
  readonly print: (text: string) => void;
  /** Takes everything else: a sentence for stderr. */
  readonly say: (sentence: string) => void;
  /** Aborted when the reader of the answer is gone. */
  readonly signal: AbortSignal;
}

/** Styles of a text, as `util.inspect.colors` calls them. */
export type Style = 'bold' | 'gray' | 'blue' | 'green' | 'yellow' | 'red' | 'cyan' | 'reset';

/** Nobody else knows it, so no record can make colors. */
const MARK = randomUUID();

export function printerFor(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Printer {
  const reader = new AbortController();
  // A program that reads only the first lines, such as head, closes the pipe.
  stdout.on('error', () => reader.abort());
  const hasColors = stdout.isTTY && stdout.hasColors();
  return {
    print: (text) => void stdout.write(rendered(text, hasColors)),
    say: (sentence) => void stderr.write(rendered(`direct-logging: ${oneLine(sentence)}\n`, false)),
    signal: reader.signal,
  };
}

/** The text in a style, if it is printed in colors. */
export function paint(style: Style, text: string): string {
  const [open, close] = inspect.colors[style] as [number, number];
  return `${MARK}${open}m${text}${MARK}${close}m`;
}

/** What is printed of a text: styles as a terminal takes them, and each harmful character escaped as in JSON. */
export function rendered(text: string, hasColors: boolean): string {
  const [first = '', ...painted] = text.split(MARK).map(harmless);
  return [
    first,
    ...painted.map((part) => (hasColors ? `\x1b[${part}` : part.replace(/^\d+m/, ''))),
  ].join('');
}

/** For a place where a second line would look like something else. */
export function oneLine(text: string): string {
  return text.replace(/[\n\t]/g, numbered);
}

/** To the millisecond: `2026-01-31 12:34:56.789`. The server leaves out zeros at the end. */
export function shortTime(time: string): string {
  const [, day = time, seconds = '', fraction = ''] =
    /^([\d-]+)T([\d:]+)(?:\.(\d{1,3}))?/.exec(time) ?? [];
  return seconds === '' ? day : `${day} ${seconds}.${fraction.padEnd(3, '0')}`;
}
