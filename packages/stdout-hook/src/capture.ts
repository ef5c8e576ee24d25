/** Takes what the hooks see written, and passes on each message in the order of writing. */
import {
  inOwnContext,
  isError,
  isExiting,
  isOwnWarning,
  type LineInHand,
  type LogInput,
  type PrintTracker,
  type Stream,
  sharedPrintTracker,
  stripEscapes,
  type Transport,
} from '@direct-logging/core';
import { CapturedStream, toBytes } from './captured-stream.ts';
import { fatalInput, printedFatals } from './fatal.ts';
import type { ConsoleCall, LineWriter, ReadLine } from './line-writer.ts';
import { isPrinted } from './printed-error.ts';
import { StackLines } from './stack-lines.ts';
import { writeOfWorker } from './worker-output.ts';

/**
 * What takes the captured messages, in the order of writing, before the original write runs. A line that names an error can come
 * later, in the same tick, with its stack. An error that `write` throws is ignored.
 */
export type LogTarget = Pick<Transport, 'write'>;

/** What is known about one writer, with the hooks that it needs. */
export interface WriterPlugin extends LineWriter {
  /** Installs further hooks. Returns their undo. */
  install?(capture: Capture): () => void;
}

/** Encodings in which a string stands for bytes. In all others it is text. */
const BYTES = new Set(['hex', 'base64', 'base64url']);

/**
 * What Node prints with `NODE_DEBUG` about the shipping of a line. It is not shipped: that would never end. And a timer that is started
 * while Node reports a new timer breaks its lists: https://github.com/nodejs/node/blob/main/lib/internal/timers.js ("insert").
 */
const OWN_WORK = process.env.NODE_DEBUG
  ? new RegExp(`^(TIMER|NET|STREAM|TLS|UNDICI|FETCH) \\S*${process.pid}\\b`)
  : undefined;
/** An object that `console.log` prints does not begin like this. */
const JSON_START = /^\{\s*"/;
const BLANK = 0x20;
const ESCAPE = '\u001b';
const MAX_DEPTH = 4;

/** The hooks of one thread report to it. Nothing in it throws. */
export class Capture {
  readonly stdout: CapturedStream = new CapturedStream('stdout');
  readonly stderr: CapturedStream = new CapturedStream('stderr');
  /** The innermost console call that is running. Set by the console hook. */
  call: ConsoleCall | undefined;
  /** Other descriptors, to which a writer writes each message as a whole. */
  readonly #messages = new CapturedStream('stdout');
  readonly #warningStart = `(${process.release.name}:${process.pid}) `;
  readonly #stackLines = new StackLines((stream, line) => this.#send(stream, line, undefined));
  readonly #target: LogTarget;
  readonly #writers: readonly LineWriter[];
  /** At most one writer has a format of its own. */
  readonly #read: LineWriter['read'];
  readonly #printing: PrintTracker;
  /** The texts in which other code may print the error that ends the process. It is a record already. */
  #fatalTexts: readonly unknown[] = [];
  #isClosed = false;
  /** How many messages are being passed on, each within the one before. */
  #depth = 0;
  #isExiting = false;

  constructor(
    target: LogTarget,
    writers: readonly LineWriter[],
    printing: PrintTracker = sharedPrintTracker(),
  ) {
    this.#target = target;
    this.#writers = writers;
    this.#read = writers.find(({ read }) => read !== undefined)?.read;
    this.#printing = printing;
    printing.cutLines = () => this.#cutLines();
  }

  /** Where writes to this descriptor go. Undefined when they are not captured. */
  streamOf(descriptor: unknown): CapturedStream | undefined {
    if (descriptor === 1) return this.stdout;
    if (descriptor === 2) return this.stderr;
    const isWriters = this.#writers.some((writer) => writer.writesTo?.(descriptor, this.call));
    return isWriters ? this.#messages : undefined;
  }

  /**
   * Called before the original write. False when the write must not be captured: it is part of a captured write, or the
   * capture is closed. After true, the caller resets `stream.isWriting`.
   *
   * The program can print while a message is passed on, for example where it watches sockets or has async hooks. This is captured,
   * but it must not go on forever.
   */
  enter(stream: CapturedStream): boolean {
    if (stream.isWriting || this.#depth > MAX_DEPTH || this.#isClosed) return false;
    stream.isWriting = true;
    return true;
  }

  /** Whether what is being printed may have been logged by other code than the one that runs now. */
  get isLate(): boolean {
    return this.#printing.isLate;
  }

  /** Passes on every message that this write completes. */
  take(stream: CapturedStream, data: unknown, encoding?: string): void {
    try {
      const isText =
        typeof data === 'string' &&
        (encoding === 'utf8' || !BYTES.has(encoding?.toLowerCase() ?? ''));
      const written = isText ? data : toBytes(data, encoding);
      if (written === undefined) return;
      // The integrations of loggers are asked once for each write: a line of their logger becomes that logger's record.
      const { line, isExpecting } = this.#printing;
      if (line !== undefined && this.#takeLineInHand(stream, line, written.toString())) return;
      if (typeof written !== 'string') {
        const write = writeOfWorker(data);
        // The thread may have been started for another request.
        if (write === undefined) this.#takeBytes(stream, written, this.call);
        else if (write === 'text')
          inOwnContext(() => this.#takeText(stream, written.toString(), undefined));
        else if (!write?.isOurs)
          inOwnContext(() => this.#takeBytes(stream, written, write ?? undefined));
      } else if (isExpecting && this.#printing.claim(stream.name, written)) {
        // Shipped already, before it was printed: by an integration of a logger.
        this.#endLine(stream);
      } else this.#takeText(stream, written, this.call);
      if (this.#isExiting) this.#sendLines(stream.name, stream.lines.cut(), undefined);
    } catch {
      // What could not be understood is still printed.
    }
  }

  /** This error is about to end the process. */
  fatal(error: unknown): void {
    this.#cutLines();
    this.#deliver(fatalInput(error));
    this.#fatalTexts = printedFatals(error);
  }

  /** The process ends. Passes on unfinished lines; from here on, every write counts as finished. */
  finishLines(): void {
    this.#isExiting = isExiting();
    this.#cutLines();
  }

  /** Passes on unfinished lines and takes nothing more. */
  close(): void {
    this.#cutLines();
    this.#isClosed = true;
  }

  #takeLineInHand(stream: CapturedStream, line: LineInHand, text: string): boolean {
    const read = this.#read?.(text.replace(/\n$/, ''), this.call);
    if (!line.is(text) && !(read && line.is(read.text))) return false;
    this.#endLine(stream);
    line.printed(stream.name, (input) => this.#deliver(input));
    return true;
  }

  #takeText(stream: CapturedStream, text: string, call: ConsoleCall | undefined): void {
    if (call === undefined && stream === this.stderr && OWN_WORK?.test(text)) return;
    const isWarning = stream === this.stderr && text.startsWith(this.#warningStart);
    // What is printed while a message is passed on must not become the end of an unfinished line.
    const isNested = stream === this.#messages || this.#depth > 0;
    const message = isNested
      ? text.replace(/\n$/, '')
      : this.#wholeMessage(stream, text, call, isWarning);
    if (message === undefined) return;
    if (!isWarning) this.#send(stream.name, message, call);
    else if (!isOwnWarning(message)) this.#deliver(warningInput(message));
  }

  /** Undefined if the text is not a whole message, or is taken with the lines of its stream. */
  #wholeMessage(
    stream: CapturedStream,
    text: string,
    call: ConsoleCall | undefined,
    isWarning: boolean,
  ): string | undefined {
    if ((call === undefined && !isWarning) || !text.endsWith('\n')) {
      this.#sendLines(stream.name, stream.lines.addText(text), call);
      return undefined;
    }
    // A complete message must not become the end of an unfinished line.
    if (!stream.lines.isAtStart) {
      const isComplete = isWarning || JSON_START.test(text) || this.#read?.(text, call);
      if (isComplete) this.#endLine(stream);
    }
    // Nearly every message is complete in itself. Control characters at its ends may be more than colors.
    const isPlain = stream.lines.isAtStart && text.charCodeAt(0) >= BLANK && !text.endsWith('\r\n');
    return isPlain ? text.slice(0, -1) : stream.lines.finish(text);
  }

  #takeBytes(stream: CapturedStream, bytes: Buffer, call: ConsoleCall | undefined): void {
    if (this.#writers.some((writer) => writer.isProtocol?.(bytes))) return;
    if (call !== undefined || stream === this.#messages || this.#depth > 0) {
      this.#takeText(stream, bytes.toString(), call);
    } else this.#sendLines(stream.name, stream.lines.addBytes(bytes), undefined);
  }

  #sendLines(stream: Stream, lines: readonly string[], call: ConsoleCall | undefined): void {
    for (const line of lines) {
      // If the text of a console call does not end in a newline, its lines still have the level of the call.
      if (call !== undefined || this.#isExiting) this.#send(stream, line, call);
      else this.#stackLines.add(stream, line);
    }
  }

  #endLine({ name, lines }: CapturedStream): void {
    this.#sendLines(name, lines.end(), undefined);
  }

  #cutLines(): void {
    for (const { name, lines } of [this.stdout, this.stderr]) {
      this.#sendLines(name, lines.cut(), undefined);
    }
    this.#stackLines.flush();
  }

  #send(stream: Stream, printed: string, call: ConsoleCall | undefined): void {
    if (this.#printing.isExpecting && this.#printing.claim(stream, `${printed}\n`)) return;
    if (this.#fatalTexts.includes(printed)) {
      this.#fatalTexts = [];
      return;
    }
    const input = printedInput(printed, stream, call, this.#read?.(printed, call));
    const { text } = input;
    // A blank line sets other lines apart, and carries nothing.
    if (text.charCodeAt(0) > BLANK || text.trim() !== '') this.#deliver(input);
  }

  #deliver(input: LogInput): void {
    if (this.#stackLines.isHolding) this.#stackLines.flush();
    const { stdout, stderr, call } = this;
    const isOut = stdout.isWriting;
    const isErr = stderr.isWriting;
    stdout.isWriting = stderr.isWriting = false;
    this.call = undefined;
    this.#depth++;
    try {
      this.#target.write(input);
    } catch {
      // An error of the target must not reach the application.
    } finally {
      this.#depth--;
      stdout.isWriting = isOut;
      stderr.isWriting = isErr;
      this.call = call;
    }
  }
}

/**
 * One printed message. Without a call, it was written directly to the stream or the descriptor.
 * @param read The message as its writer would read it, if that printed it in a format of its own.
 */
export function printedInput(
  printed: string,
  stream: Stream,
  call: ConsoleCall | undefined,
  read?: ReadLine,
): LogInput {
  const message = read?.text ?? printed;
  const text = message.includes(ESCAPE) ? stripEscapes(message) : message;
  return {
    text,
    fields: read?.fields,
    level: call === undefined ? read?.level : call.level,
    stream,
    logger: call === undefined && read === undefined ? stream : 'console',
    // Most calls print one text.
    error:
      call === undefined || (typeof call.args[0] === 'string' && call.args.length === 1)
        ? undefined
        : printedError(call.args, message, text),
  };
}

/** A JSON line has the error in its own fields. If an error was redacted, only the text counts. */
function printedError(args: readonly unknown[], message: string, text: string): unknown {
  if (message.startsWith('{') && message.endsWith('}')) return undefined;
  const error = args.find(isError);
  return error !== undefined && isPrinted(error, text) ? error : undefined;
}

/** A warning that Node prints, whichever console method it uses. */
function warningInput(text: string): LogInput {
  return { text: stripEscapes(text), level: 'WARN', stream: 'stderr', logger: 'stderr' };
}
