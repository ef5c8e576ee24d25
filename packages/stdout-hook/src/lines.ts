/** Puts the lines of one byte stream together from writes that are cut anywhere. */
import { StringDecoder } from 'node:string_decoder';
import { stripEscapes } from './escapes.ts';

/** Characters of an unfinished line that are held; a longer one is handed over as it is. */
export const MAX_UNFINISHED_CHARS: number = 256 * 1024;

/** Progress bars rewrite their line with writes no longer than this; longer writes are data. */
const MAX_REWRITE_CHARS = 1024;

/** A line that may be a frame of a stack trace. */
const MAY_BE_FRAME = /^\s+at \S/;
/** One that is, whatever stands above it, and that is complete: it ends with a place in a program. */
const WHOLE_FRAME = /^\s+at \S.*(?:\)|:\d+:\d+|<anonymous>)$/;
/** What may follow the frames of an error: Java's and other languages' causes, and the frames that these share with it. */
const MAY_FOLLOW_FRAMES = /^(?:Caused by: \S|\s+(?:Suppressed: \S|\.\.\. \d+ ))/;
/** `TypeError: …`, `Error [ERR_X]: …`, `org.example.SomeException`: what frames may follow. */
const NAMES_ERROR = /^(?:Uncaught )?(?:[\w$.]*(?:Error|Exception))(?:$|[:\n]| \[)/;

/** Whether a line begins a message that frames may follow. */
export function namesError(line: string): boolean {
  return NAMES_ERROR.test(line);
}

/**
 * Whether a line belongs to the message above it: a frame, or a cause below frames.
 * @param isOfError Whether that message names an error.
 * @param hasFrames Whether it has some already.
 */
export function belongsToStack(line: string, isOfError: boolean, hasFrames: boolean): boolean {
  if (MAY_BE_FRAME.test(line)) return isOfError || WHOLE_FRAME.test(line);
  return isOfError && hasFrames && MAY_FOLLOW_FRAMES.test(line);
}

/** The lines of one byte stream. */
export interface LineAssembler {
  /** Takes written text. Hands over every line that it finishes before it returns. */
  addText(text: string): void;
  /** Takes written UTF-8 bytes; a character may be cut anywhere. */
  addBytes(bytes: Uint8Array): void;
  /**
   * Takes one whole message, its final newline included, and returns it without that newline. An unfinished line before
   * it becomes its beginning.
   */
  finish(text: string): string;
  /** Hands over the unfinished line as it is. */
  flush(): void;
}

/**
 * Lines end at `\n` or `\r\n`. Stack frames stay with the line above them when they come in the same write; the last of
 * them does not wait for its newline.
 *
 * A short write that begins after a `\r`, or with one, starts the line over, as it does on a terminal: of a progress
 * bar the last state is kept. A `\r` inside a write is an ordinary character.
 */
export function createLineAssembler(emit: (line: string) => void): LineAssembler {
  let unfinished = '';
  let newlineOwed = false;
  let decoder: StringDecoder | undefined;

  function add(written: string): void {
    let text = written;
    if (newlineOwed && text !== '') {
      newlineOwed = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    if (startsOver(unfinished, text)) unfinished = '';
    const end = text.lastIndexOf('\n');
    if (end === -1) {
      unfinished += text;
    } else {
      const rest = text.slice(end + 1);
      const lines = (unfinished + text.slice(0, end)).split('\n');
      newlineOwed = WHOLE_FRAME.test(rest);
      if (newlineOwed) lines.push(rest);
      unfinished = newlineOwed ? '' : rest;
      emitLines(lines, emit);
    }
    if (unfinished.length > MAX_UNFINISHED_CHARS) flush();
  }

  function flush(): void {
    const line = unfinished;
    unfinished = '';
    // Nothing to read: what shows the cursor again at the end of a program, for example.
    if (stripEscapes(line) !== '') emit(withoutReturns(line));
  }

  function endDecoding(): void {
    if (decoder === undefined) return;
    const text = decoder.end();
    decoder = undefined;
    add(text);
  }

  return {
    addText(text) {
      endDecoding();
      add(text);
    },
    addBytes(bytes) {
      decoder ??= new StringDecoder('utf8');
      add(decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
    },
    finish(text) {
      endDecoding();
      newlineOwed = false;
      const beginning = startsOver(unfinished, text) ? '' : unfinished;
      unfinished = '';
      return withoutReturns(beginning + text.slice(0, -1));
    },
    flush() {
      endDecoding();
      flush();
    },
  };
}

function startsOver(unfinished: string, text: string): boolean {
  if (unfinished === '' || text === '') return false;
  if (unfinished.length > MAX_REWRITE_CHARS || text.length > MAX_REWRITE_CHARS) return false;
  if (unfinished.endsWith('\r')) return !text.startsWith('\n');
  return (
    REWRITES.some((rewrite) => text.length > rewrite.length && text.startsWith(rewrite)) &&
    !text.startsWith('\r\n')
  );
}

/** What goes to the first column: a return, or the cursor movement that readline and progress bars use. */
const REWRITES = ['\r', '\x1b[1G', '\x1b[0G', '\x1b[G', '\x1b[2K'];

function emitLines(lines: readonly string[], emit: (line: string) => void): void {
  let message: string[] = [];
  let isOfError = false;
  for (const line of lines) {
    const text = withoutReturns(line);
    if (message.length === 0 || !belongsToStack(text, isOfError, message.length > 1)) {
      if (message.length > 0) emit(message.join('\n'));
      message = [];
      isOfError = namesError(text);
    }
    message.push(text);
  }
  if (message.length > 0) emit(message.join('\n'));
}

/** A return at the end belongs to the newline, one at the beginning wrote over nothing. */
function withoutReturns(line: string): string {
  let start = 0;
  while (line.charCodeAt(start) === RETURN) start++;
  const end = line.endsWith('\r') ? Math.max(start, line.length - 1) : line.length;
  return start === 0 && end === line.length ? line : line.slice(start, end);
}

const RETURN = 13;
