/** Takes what the hooks see written, and hands over each message in the order of writing. */
import {
  type LineInHand,
  type LogInput,
  type PrintTracker,
  type Stream,
  sharedPrintTracker,
} from '@direct-logging/core';
import { fatalInput, printedFatals } from './fatal.ts';
import { type ConsoleCall, printedInput, warningInput } from './messages.ts';
import { Outlet } from './outlet.ts';
import {
  isTelemetryHeader,
  originalMessage,
  parseRuntimeLine,
  type RuntimeClient,
  type RuntimeLine,
} from './runtime-client.ts';
import { StackLines } from './stack-lines.ts';
import { noteAbout } from './worker-notes.ts';

/** What takes the captured messages. */
export interface LogTarget {
  /**
   * Called in the order of writing, before the captured write is carried out. A line that names an error can come later, in
   * the same tick, with its stack. An error that this throws is ignored.
   */
  write(input: LogInput): void;
}

/** Encodings in which a string stands for bytes. In all others it is text. */
const BYTES = new Set(['hex', 'base64', 'base64url']);

const BLANK = 0x20;

/** The hooks of one thread report to it. Nothing in it throws. */
export class Capture {
  readonly stdout: Outlet = new Outlet('stdout');
  readonly stderr: Outlet = new Outlet('stderr');
  /** The innermost console call that is running. Set by the console hook. */
  call: ConsoleCall | undefined;
  /** Where Lambda's runtime client writes each message as a whole. */
  readonly #runtimeLog = new Outlet('stdout');
  readonly #warningStart = `(${process.release.name}:${process.pid}) `;
  readonly #stackLines = new StackLines((stream, line) => this.#send(stream, line, undefined));
  readonly #target: LogTarget;
  readonly #client: RuntimeClient;
  readonly #printing: PrintTracker;
  /** Texts as which other code can print the error that ends the process. That error is a record already. */
  #fatalTexts: readonly unknown[] = [];
  #isClosed = false;
  #isDelivering = false;
  #isExiting = false;

  /** What the target prints itself is not captured. */
  constructor(
    target: LogTarget,
    client: RuntimeClient,
    printing: PrintTracker = sharedPrintTracker(),
  ) {
    this.#target = target;
    this.#client = client;
    this.#printing = printing;
    printing.cutLines = () => this.#cutLines();
  }

  /** Where writes to this descriptor go. Undefined when they are not captured. */
  outletOf(descriptor: unknown): Outlet | undefined {
    if (descriptor === 1) return this.stdout;
    if (descriptor === 2) return this.stderr;
    const { telemetryDescriptor, anyDescriptor } = this.#client;
    if (descriptor === telemetryDescriptor && descriptor !== undefined) return this.#runtimeLog;
    return anyDescriptor && this.call !== undefined ? this.#runtimeLog : undefined;
  }

  /**
   * Called before a write is carried out. False when the write must not be captured: it is part of a captured write, it
   * comes from the target itself, or the capture is closed. After true, `leave` must follow.
   */
  enter(outlet: Outlet): boolean {
    if (outlet.isWriting || this.#isDelivering || this.#isClosed) return false;
    outlet.isWriting = true;
    return true;
  }

  leave(outlet: Outlet): void {
    outlet.isWriting = false;
  }

  /** Hands over every message that this write completes. */
  take(outlet: Outlet, data: unknown, encoding?: string): void {
    try {
      const isText = typeof data === 'string' && (encoding === 'utf8' || !isOfBytes(encoding));
      const written = isText ? data : toBytes(data, encoding);
      // The integrations of loggers are asked once for each write: a line of their logger becomes that logger's record.
      const { line, isExpecting } = this.#printing;
      if (line !== undefined && this.#takeLineInHand(outlet, line, written)) return;
      if (outlet === this.#runtimeLog) this.#takeRuntimeLog(written);
      else if (typeof written === 'string') {
        // Shipped already, before it was printed: by an integration of a logger.
        const isShipped = isExpecting && this.#printing.claim(outlet.stream, written);
        if (isShipped) this.#endLine(outlet);
        else this.#takeText(outlet, written, this.call);
      } else if (written !== undefined && !isReportOfTests(written)) {
        this.#takeBytes(outlet, written, noteAbout(data));
      }
      if (this.#isExiting) this.#sendLines(outlet.stream, outlet.lines.cut(), undefined);
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

  /** The process ends. Hands over unfinished lines; from here on, every write counts as finished. */
  finishLines(): void {
    this.#isExiting = true;
    this.#cutLines();
  }

  /** Hands over unfinished lines and takes nothing more. */
  close(): void {
    this.#cutLines();
    this.#isClosed = true;
  }

  #takeLineInHand(outlet: Outlet, line: LineInHand, written: string | Buffer | undefined): boolean {
    const text = written?.toString() ?? '';
    const isLine = line.is(text) || (this.#client.expected && line.is(this.#runtimeMessage(text)));
    if (!isLine) return false;
    this.#endLine(outlet);
    const input = line.printed(outlet.stream);
    if (input !== undefined) this.#deliver(input);
    return true;
  }

  #runtimeMessage(written: string): string {
    const line = this.#runtimeLine(written.replace(/\n$/, ''));
    return line === undefined ? written : originalMessage(line.message, this.call?.args);
  }

  /** Undefined when the text is not a line of the runtime client, or when no such client is expected. */
  #runtimeLine(text: string): RuntimeLine | undefined {
    return this.#client.expected ? parseRuntimeLine(text) : undefined;
  }

  #takeText(outlet: Outlet, text: string, call: ConsoleCall | undefined): void {
    const isWarning = outlet === this.stderr && text.startsWith(this.#warningStart);
    if ((call === undefined && !isWarning) || !text.endsWith('\n')) {
      this.#sendLines(outlet.stream, outlet.lines.addText(text), call);
    } else if (isWarning) {
      this.#endLine(outlet);
      const input = warningInput(outlet.lines.finish(text) ?? '');
      if (input !== undefined) this.#deliver(input);
    } else {
      // A complete message must not become the end of an unfinished line.
      const isComplete = text.startsWith('{') || this.#runtimeLine(text) !== undefined;
      if (isComplete) this.#endLine(outlet);
      const message = outlet.lines.finish(text);
      if (message !== undefined) this.#send(outlet.stream, message, call);
    }
  }

  #takeBytes(outlet: Outlet, bytes: Buffer, note: Pick<ConsoleCall, 'level'> | undefined): void {
    const call = note === undefined ? this.call : { level: note.level, args: [] };
    if (call !== undefined) this.#takeText(outlet, bytes.toString(), call);
    else this.#sendLines(outlet.stream, outlet.lines.addBytes(bytes), undefined);
  }

  #takeRuntimeLog(written: string | Buffer | undefined): void {
    if (written === undefined || (typeof written !== 'string' && isTelemetryHeader(written)))
      return;
    this.#send('stdout', written.toString().replace(/\n$/, ''), this.call);
  }

  #sendLines(stream: Stream, lines: readonly string[], call: ConsoleCall | undefined): void {
    for (const line of lines) {
      // If the text of a console call does not end in a newline, its lines still have the level of the call.
      if (call !== undefined || this.#isExiting) this.#send(stream, line, call);
      else this.#stackLines.add(stream, line);
    }
  }

  #endLine({ stream, lines }: Outlet): void {
    this.#sendLines(stream, lines.end(), undefined);
  }

  #cutLines(): void {
    for (const { stream, lines } of [this.stdout, this.stderr]) {
      this.#sendLines(stream, lines.cut(), undefined);
    }
    this.#stackLines.flush();
  }

  #send(stream: Stream, printed: string, call: ConsoleCall | undefined): void {
    if (this.#printing.isExpecting && this.#printing.claim(stream, `${printed}\n`)) return;
    if (this.#fatalTexts.includes(printed)) {
      this.#fatalTexts = [];
      return;
    }
    const input = printedInput(printed, stream, call, this.#client);
    // A blank line sets other lines apart, and carries nothing.
    if (!isBlank(input.text)) this.#deliver(input);
  }

  #deliver(input: LogInput): void {
    if (this.#stackLines.isHolding) this.#stackLines.flush();
    this.#isDelivering = true;
    try {
      this.#target.write(input);
    } catch {
      // An error of the target must not reach the application.
    } finally {
      this.#isDelivering = false;
    }
  }
}

function isBlank(text: string): boolean {
  return !(text.charCodeAt(0) > BLANK) && text.trim() === '';
}

function isOfBytes(encoding: string | undefined): boolean {
  return encoding !== undefined && BYTES.has(encoding.toLowerCase());
}

function toBytes(data: unknown, encoding: string | undefined): Buffer | undefined {
  if (typeof data === 'string') return Buffer.from(data, encoding as BufferEncoding);
  if (!ArrayBuffer.isView(data)) return undefined;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A child of `node --test` sends reports to the runner between what the tests print. Each begins with a header of V8's
 * serializer, four bytes of length, and the header again. Text does not begin like this in any encoding.
 */
function isReportOfTests(bytes: Buffer): boolean {
  return bytes.length > 7 && bytes.readUInt16BE(0) === 0xff0f && bytes.readUInt16BE(6) === 0xff0f;
}
