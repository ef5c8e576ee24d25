/** Puts the lines of one byte stream together from writes that may be cut anywhere. */
import { StringDecoder } from 'node:string_decoder';
import { headsFrames, stripEscapes } from '@direct-logging/core';

/** How many characters of an unfinished line are held. A longer one is passed on as it is. */
export const MAX_UNFINISHED_CHARS: number = 256 * 1024;

/** Progress bars rewrite their line with writes no longer than this. Longer writes are data. */
const MAX_REWRITE_CHARS = 1024;

const RETURN = 0x0d;
const ESCAPE = 0x1b;
const NO_LINES: readonly string[] = [];
/** A line that may be a frame of a stack trace. */
const MAY_BE_FRAME = /^\s+at \S/;
/** A line that is a frame, whatever is above it. It is complete: it ends with a place in a program. */
const WHOLE_FRAME = /^\s+at \S.*(?:\)|:\d+:\d+|<anonymous>)$/;
/** What can follow the frames of an error: causes, as Java and other languages print them, and frames that these share. */
const MAY_FOLLOW_FRAMES = /^(?:Caused by: \S|\s+(?:Suppressed: \S|\.\.\. \d+ ))/;
/**
 * Whether a line belongs to the message above it: a frame, or a cause below frames.
 * @param isOfError Whether that message names an error.
 * @param hasFrames Whether that message has frames already.
 */
export function belongsToStack(line: string, isOfError: boolean, hasFrames: boolean): boolean {
  if (MAY_BE_FRAME.test(line)) return isOfError || WHOLE_FRAME.test(line);
  return isOfError && hasFrames && MAY_FOLLOW_FRAMES.test(line);
}

export function endsInFrame(message: string): boolean {
  return WHOLE_FRAME.test(message.slice(message.lastIndexOf('\n') + 1));
}

/**
 * Puts the lines of one byte stream together.
 *
 * Lines end at `\n` or `\r\n`. Stack frames stay with the line above them when they come in the same write. The last frame
 * does not wait for its newline.
 *
 * A short write that begins in the first column replaces the line, as on a terminal: only the last state of a progress
 * bar is kept. A `\r` inside a write is an ordinary character.
 */
export class LineAssembler {
  /** True when nothing is unfinished. False while it is unknown. Set only here. */
  isAtStart = true;
  #unfinished = '';
  /** The beginning of the unfinished line has been passed on. Its end alone is no line. */
  #isContinued = false;
  #decoder: StringDecoder | undefined;

  /** Takes written text. Returns every line that it finishes. An indented line comes together with the line above it. */
  addText(text: string): string[] {
    // Nearly every write is one line.
    if (this.isAtStart && text !== '' && text.indexOf('\n') === text.length - 1) {
      return [withoutReturns(text.slice(0, -1))];
    }
    this.#endDecoding();
    const lines = this.#add(text, true);
    this.isAtStart = this.#unfinished === '' && !this.#isContinued;
    return lines;
  }

  /** Takes written UTF-8 bytes, which may end inside a character. Returns every line that they finish. */
  addBytes(bytes: Uint8Array): string[] {
    this.isAtStart = false;
    this.#decoder ??= new StringDecoder('utf8');
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#add(this.#decoder.write(buffer), false);
  }

  /**
   * Takes one whole message with its final newline, and returns it without that newline. An unfinished line before it
   * becomes its beginning. Undefined when it is only the newline of a line that was passed on already.
   */
  finish(text: string): string | undefined {
    if (this.isAtStart) return withoutReturns(text.slice(0, -1));
    this.#endDecoding();
    const beginning = startsOver(this.#unfinished, text) ? '' : this.#unfinished;
    const isEnd = this.#isContinued && beginning === '' && text === '\n';
    this.#unfinished = '';
    this.#isContinued = false;
    this.isAtStart = true;
    return isEnd ? undefined : withoutReturns(beginning + text.slice(0, -1));
  }

  /** Returns the unfinished line, if there is something to read in it. The next write begins a new line. */
  end(): readonly string[] {
    // Usually nothing is unfinished.
    if (this.isAtStart) return NO_LINES;
    const lines = this.cut();
    this.#isContinued = false;
    this.isAtStart = true;
    return lines;
  }

  /** The same, but the next write continues that line. */
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
    const lines = written.split('\n').map(withoutReturns);
    if (this.#isContinued && lines[0] === '') lines.shift();
    this.#isContinued = WHOLE_FRAME.test(rest);
    if (this.#isContinued) lines.push(rest);
    this.#unfinished = this.#isContinued ? '' : rest;
    const messages = lines.length > 1 ? joinMessages(lines, isWhole) : lines;
    if (rest.length > MAX_UNFINISHED_CHARS) messages.push(...this.cut());
    return messages;
  }

  #endDecoding(): void {
    this.isAtStart = false;
    if (this.#decoder === undefined) return;
    this.#unfinished += this.#decoder.end();
    this.#decoder = undefined;
  }
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
  const messages: string[] = [];
  let message: string[] = [];
  let isOfError = false;
  for (const line of lines) {
    // Some loggers put an empty line between an error and its frames.
    if (isWhole && message.length === 1 && message[0] === '' && WHOLE_FRAME.test(line)) {
      const above = messages.pop();
      if (above !== undefined) message = [above, ''];
    }
    const belongs =
      message.length > 0 &&
      (belongsToStack(line, isOfError, message.length > 1) ||
        (isWhole && isIndentedBelow(line, message)));
    if (!belongs) {
      if (message.length > 0) messages.push(message.join('\n'));
      message = [];
      isOfError = headsFrames(line);
    }
    message.push(line);
  }
  messages.push(message.join('\n'));
  return messages;
}

/** A right-aligned level (` WARN …` below `ERROR …`): the line is a separate message. */
const LEVEL_COLUMN = /^[ \t]+\[?(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b/;

/** NestJS puts the time since its last line after them. */
const CLOSING_BRACKETS = /^[)\]}]+(?:[,;]| \+\d+ms)?$/;

/** An indented line below a line that is not indented, or the brackets that close such indented lines. */
function isIndentedBelow(line: string, message: readonly string[]): boolean {
  if (/^(?:[ \t]|$)/.test(message[0] as string)) return false;
  if (/^[ \t]/.test(line)) return !LEVEL_COLUMN.test(line);
  return message.length > 1 && CLOSING_BRACKETS.test(stripEscapes(line));
}

/** Goes to the first column, or clears a line, at the beginning of a line. */
const LEADING_RETURNS = new RegExp(`^(?:\\r|${CLEARS_LINE[0]}\\[(?:[01]?G|[0-2]?[JK]))+`);

/** A return at the end belongs to the newline. Returns at the beginning overwrote nothing. */
function withoutReturns(line: string): string {
  const first = line.charCodeAt(0);
  if (first !== RETURN && first !== ESCAPE && !line.endsWith('\r')) return line;
  return line.replace(LEADING_RETURNS, '').replace(/\r$/, '');
}
