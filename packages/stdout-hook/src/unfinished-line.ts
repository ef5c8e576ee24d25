/** Puts lines together that more than one write has written, and messages of several lines. @lazy lines */
import { StringDecoder } from 'node:string_decoder';
import { headsFrames, leadingLevel, stripEscapes } from '@direct-logging/core';
import { belongsToStack, MAX_UNFINISHED_CHARS, WHOLE_FRAME } from './frames.ts';
import { withoutReturns } from './returns.ts';

/** Progress bars rewrite their line with writes no longer than this. Longer writes are data. */
const MAX_REWRITE_CHARS = 1024;
/** Further short lines of a write are joined: they may be a megabyte of newlines that somebody has sent. */
const MAX_SHORT_LINES = 10_000;
const SHORT_CHARS = 20;
/** A pipe gives no more at a time. What it gives can be from several programs. */
const MAX_PIPED_CHARS = 65_536;

/** What a stream has written since its last whole line. See `LineAssembler`, which has the same methods. */
export class UnfinishedLine {
  #unfinished = '';
  /** True when the beginning of the unfinished line was passed on. An empty end is then no line. */
  #isContinued = false;
  #decoder: StringDecoder | undefined;

  /** Whether nothing is unfinished. Asked after `addText` only. */
  get isEmpty(): boolean {
    return this.#unfinished === '' && !this.#isContinued;
  }

  addText(text: string): string[] {
    this.#endDecoding();
    return this.#add(text, true);
  }

  addBytes(bytes: Uint8Array): string[] {
    this.#decoder ??= new StringDecoder('utf8');
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#add(this.#decoder.write(buffer), false);
  }

  finish(text: string): string | undefined {
    this.#endDecoding();
    const beginning = startsOver(this.#unfinished, text) ? '' : this.#unfinished;
    const isEnd = this.#isContinued && beginning === '' && text === '\n';
    this.#unfinished = '';
    this.#isContinued = false;
    return isEnd ? undefined : withoutReturns(beginning + text.slice(0, -1));
  }

  end(): string[] {
    const lines = this.cut();
    this.#isContinued = false;
    return lines;
  }

  cut(): string[] {
    this.#endDecoding();
    const line = withoutReturns(this.#unfinished);
    this.#unfinished = '';
    // Nothing to read, for example the sequence that shows the cursor again at the end of a program.
    if (stripEscapes(line) === '') return [];
    this.#isContinued = true;
    return [line];
  }

  #add(text: string, isText: boolean): string[] {
    const end = text.lastIndexOf('\n');
    const before = this.#unfinished;
    if (end < 0) {
      this.#unfinished = continued(before, text);
      return this.#unfinished.length > MAX_UNFINISHED_CHARS ? this.cut() : [];
    }
    const rest = text.slice(end + 1);
    const isWhole = isText && before === '' && rest === '';
    const written = startsOver(before, text) ? text.slice(0, end) : before + text.slice(0, end);
    const all = written.split('\n');
    const mayBePiped = text.length <= MAX_PIPED_CHARS;
    const lines = (mayBePiped ? all : joinShort(all)).map(withoutReturns);
    if (this.#isContinued && lines[0] === '') lines.shift();
    this.#isContinued = WHOLE_FRAME.test(rest);
    if (this.#isContinued) lines.push(rest);
    this.#unfinished = this.#isContinued ? '' : rest;
    const messages = lines.length > 1 ? joinMessages(lines, isWhole) : lines;
    if (rest.length > MAX_UNFINISHED_CHARS) messages.push(...this.cut());
    return messages;
  }

  #endDecoding(): void {
    if (this.#decoder === undefined) return;
    this.#unfinished += this.#decoder.end();
    this.#decoder = undefined;
  }
}

/** Joins neighboring short lines, from `MAX_SHORT_LINES` on. */
function joinShort(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_SHORT_LINES) return lines;
  const joined: string[] = [];
  let short: string[] = [];
  let count = 0;
  const endRun = (): void => {
    if (short.length > 0) joined.push(short.join('\n'));
    short = [];
  };
  for (const line of lines) {
    if (line.length < SHORT_CHARS && ++count > MAX_SHORT_LINES) {
      short.push(line);
      continue;
    }
    endRun();
    joined.push(line);
  }
  endRun();
  return joined;
}

/** Goes to the first column: a return, or what readline and progress bars use. The last one clears the line instead. */
const RETURNS = ['\r', '\x1b[1G', '\x1b[0G', '\x1b[G', '\x1b[2K'];
/** Clears the rest of the line, or of the screen. */
const CLEARS_REST = ['\x1b[K', '\x1b[0K', '\x1b[J', '\x1b[0J'];
const CLEARS_LINE = '\x1b[2K';

/** The unfinished line after a write without a newline. */
function continued(line: string, text: string): string {
  if (isRewrite(line, text) && stripEscapes(text).replaceAll('\r', '') === '') {
    if (
      text.includes(CLEARS_LINE) ||
      (isReturned(line) && CLEARS_REST.some((clear) => text.includes(clear)))
    )
      return '';
    if (isReturned(line)) return line;
  }
  return startsOver(line, text) ? text : line + text;
}

/** Whether this write replaces the unfinished line. */
function startsOver(line: string, text: string): boolean {
  if (!isRewrite(line, text) || /^\r?\n/.test(text)) return false;
  return isReturned(line) || RETURNS.some((to) => text.length > to.length && text.startsWith(to));
}

function isRewrite(line: string, text: string): boolean {
  if (line === '' || text === '') return false;
  return line.length <= MAX_REWRITE_CHARS && text.length <= MAX_REWRITE_CHARS;
}

function isReturned(line: string): boolean {
  return RETURNS.some((to) => line.endsWith(to));
}

/** @param isWhole Whether one write printed these lines and no others. */
function joinMessages(lines: readonly string[], isWhole: boolean): string[] {
  // A line can be indented behind a color, as Node shows its own frames.
  const shown = lines.map(stripEscapes);
  const starts: number[] = [];
  let start = 0;
  let isOfError = false;
  for (const [at, line] of shown.entries()) {
    const isBelowBlank = start > 0 && start === at - 1 && shown[start] === '';
    if (isWhole && isBelowBlank && followsBlank(line, shown[at - 2] as string)) {
      starts.pop();
      start = starts.at(-1) as number;
      continue;
    }
    const count = at - start;
    const belongs =
      count > 0 &&
      (belongsToStack(line, isOfError, count > 1) ||
        (isWhole && isIndentedBelow(line, shown[start] as string, count)));
    if (belongs) continue;
    start = at;
    starts.push(at);
    isOfError = headsFrames(line);
  }
  return starts.map((from, at) => lines.slice(from, starts[at + 1]).join('\n'));
}

/** Some loggers put an empty line between an error and its frames, and consola between these and the cause. */
function followsBlank(line: string, aboveBlank: string): boolean {
  return WHOLE_FRAME.test(line) || (/^\s+\[cause\]: \S/.test(line) && WHOLE_FRAME.test(aboveBlank));
}

/** NestJS puts the time since its last line after them. */
const CLOSING_BRACKETS = /^[)\]}]+(?:[,;]| \+\d+ms)?$/;

/** An indented line below a line that is not indented, or the brackets that close such indented lines. */
function isIndentedBelow(line: string, head: string, count: number): boolean {
  if (/^(?:[ \t]|$)/.test(head)) return false;
  // A level that is aligned to the right begins a message.
  if (/^[ \t]/.test(line)) return leadingLevel(line) < 0;
  return count > 1 && CLOSING_BRACKETS.test(line);
}
