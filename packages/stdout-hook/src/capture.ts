/** Turns writes into messages: which text belongs together, and what is known about it. */
import type { Level, LogInput, PrintedLine, Printing, Stream } from '@direct-logging/core';
import { stripEscapes } from './escapes.ts';
import { createLineAssembler, type LineAssembler } from './lines.ts';
import {
  isTelemetryHeader,
  originalMessage,
  parseLoggedJson,
  parseRuntimeLine,
  type RuntimeClient,
} from './runtime-client.ts';
import { createStackLines } from './stack-lines.ts';
import { type Note, noteAbout } from './worker-streams.ts';

/** The console call that is running. */
interface ConsoleFrame {
  /** What the method stands for; undefined for `log` and others that say nothing about it. */
  readonly level: Level | undefined;
  readonly args: readonly unknown[];
}

/** One way to the outside: `process.stdout`, or descriptor 1, and so on. Each has unfinished lines of its own. */
export interface Outlet {
  readonly stream: Stream;
  readonly lines: LineAssembler;
  /** Shared by the ways that end in the same place. Above zero: a captured write is being carried out. */
  readonly nesting: { depth: number };
}

/** What the hooks report to. Nothing in it throws. */
export interface Capture {
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  /** The console call that is running, innermost. Set by the console hook. */
  frame: ConsoleFrame | undefined;
  /** Where writes to this descriptor are captured; undefined when they are not. */
  outletOf(descriptor: unknown): Outlet | undefined;
  /**
   * Called before a write is carried out. False when it is not to be captured: it is how a captured write is carried
   * out, or comes from the target itself. After true, `leave` must follow.
   */
  enter(outlet: Outlet): boolean;
  leave(outlet: Outlet): void;
  /** Hands over every message that this write completes. */
  take(outlet: Outlet, data: unknown, encoding?: string): void;
  /** The process is about to end of this error. */
  fatal(error: unknown): void;
  /** The process ends: hands over unfinished lines, and from here on takes every write as finished. */
  finishLines(): void;
  /** Hands over unfinished lines and takes nothing more. */
  close(): void;
}

/** Encodings of a string that stand for bytes; the others leave it the text that it is. */
const BYTES = new Set(['hex', 'base64', 'base64url']);

const OWN_WARNING = /^\(node:\d+\) (?:\[[^\]]*\] )?DirectLoggingWarning: /;

/** `emit` may throw; what it prints itself is not captured. */
export function createCapture(
  emit: (input: LogInput) => void,
  client: RuntimeClient,
  printing: Printing = { count: 0, line: undefined },
): Capture {
  const warningStart = `(${process.release.name}:${process.pid}) `;
  const stdout = createOutlet('stdout');
  const stderr = createOutlet('stderr');
  const descriptor1 = createOutlet('stdout', stdout.nesting);
  const descriptor2 = createOutlet('stderr', stderr.nesting);
  const runtimeLog = createOutlet('stdout');
  const stackLines = createStackLines((stream, message) => send(stream, message, undefined));
  const outlets = [stdout, stderr, descriptor1, descriptor2];
  let frame: ConsoleFrame | undefined;
  let lineFrame: ConsoleFrame | undefined;
  let active = true;
  let emitting = false;
  let exiting = false;

  function createOutlet(stream: Stream, nesting = { depth: 0 }): Outlet {
    const lines = createLineAssembler((line) => sendLine(stream, line));
    return { stream, lines, nesting };
  }

  function takeText(outlet: Outlet, text: string): void {
    const isWarning = outlet.stream === 'stderr' && text.startsWith(warningStart);
    if ((frame === undefined && !isWarning) || !text.endsWith('\n')) {
      takeLines(() => outlet.lines.addText(text));
    } else if (isWarning) {
      outlet.lines.flush();
      sendWarning(outlet.lines.finish(text));
    } else if (text.startsWith('{') || parseRuntime(text) !== undefined) {
      // What is complete in itself must not become the end of somebody's unfinished line.
      outlet.lines.flush();
      send(outlet.stream, outlet.lines.finish(text), frame);
    } else {
      send(outlet.stream, outlet.lines.finish(text), frame);
    }
  }

  /** Lines of a console call that did not end in a newline still have its level. */
  function takeLines(add: () => void): void {
    lineFrame = frame;
    try {
      add();
    } finally {
      lineFrame = undefined;
    }
  }

  function sendLine(stream: Stream, line: string): void {
    if (lineFrame === undefined && !exiting) stackLines.add(stream, line);
    else send(stream, line, lineFrame);
  }

  /** Node prints its warnings with whatever method of the console it found first. */
  function sendWarning(text: string): void {
    if (OWN_WARNING.test(text)) return;
    deliver({ text: stripEscapes(text), level: 'WARN', stream: 'stderr', logger: 'stderr' });
  }

  function send(stream: Stream, printed: string, by: ConsoleFrame | undefined): void {
    const runtimeLine = parseRuntime(printed);
    const message =
      runtimeLine === undefined ? printed : originalMessage(runtimeLine.message, by?.args);
    const isJson = message.startsWith('{') && message.endsWith('}');
    const logged =
      isJson && by !== undefined && client.expected ? parseLoggedJson(message) : undefined;
    deliver({
      text: stripEscapes(logged?.text ?? message),
      fields: logged?.fields,
      level: by === undefined ? saidLevel(runtimeLine?.level) : by.level,
      stream,
      logger: by === undefined && runtimeLine === undefined ? stream : 'console',
      // A JSON line has the error in its own fields.
      error: isJson ? undefined : by?.args.find(isError),
    });
  }

  function parseRuntime(text: string): ReturnType<typeof parseRuntimeLine> {
    return client.expected ? parseRuntimeLine(text) : undefined;
  }

  function deliver(input: LogInput): void {
    stackLines.flush();
    emitting = true;
    try {
      emit(input);
    } catch {
      // The target's trouble is not the application's.
    } finally {
      emitting = false;
    }
  }

  /** What a connected logger prints is a record of that logger's. */
  function takeLoggersLine(outlet: Outlet, line: PrintedLine, written: string): boolean {
    if (!line.is(written) && !line.is(runtimeMessage(written))) return false;
    outlet.lines.flush();
    const input = line.toInput();
    if (input !== undefined) deliver({ ...input, stream: outlet.stream });
    return true;
  }

  function runtimeMessage(written: string): string {
    const message = parseRuntime(written.replace(/\n$/, ''))?.message;
    return message === undefined ? written : originalMessage(message, frame?.args);
  }

  function takeAny(outlet: Outlet, data: unknown, encoding: string | undefined): void {
    const isText = typeof data === 'string' && !BYTES.has(encoding?.toLowerCase() ?? '');
    const bytes = isText ? undefined : toBytes(data, encoding);
    const { line } = printing;
    if (line !== undefined) {
      if (takeLoggersLine(outlet, line, isText ? data : (bytes?.toString() ?? ''))) return;
    }
    if (outlet === runtimeLog) {
      if (bytes !== undefined && isTelemetryHeader(bytes)) return;
      takeMessage(outlet, isText ? data : (bytes?.toString() ?? ''));
    } else if (isText) {
      takeText(outlet, data);
    } else if (bytes !== undefined) {
      takeBytes(outlet, bytes, noteAbout(data));
    }
    if (exiting) outlet.lines.flush();
  }

  function takeBytes(outlet: Outlet, bytes: Buffer, note: Note | undefined): void {
    const outer = frame;
    if (note !== undefined) frame = { level: note.level, args: [] };
    try {
      if (frame === undefined) outlet.lines.addBytes(bytes);
      else takeText(outlet, bytes.toString());
    } finally {
      frame = outer;
    }
  }

  function takeMessage(outlet: Outlet, text: string): void {
    send(outlet.stream, text.endsWith('\n') ? text.slice(0, -1) : text, frame);
  }

  function flushLines(): void {
    for (const outlet of outlets) outlet.lines.flush();
    stackLines.flush();
  }

  return {
    stdout,
    stderr,
    get frame() {
      return frame;
    },
    set frame(value) {
      frame = value;
    },
    outletOf(descriptor) {
      if (descriptor === 1) return descriptor1;
      if (descriptor === 2) return descriptor2;
      if (descriptor === client.telemetryDescriptor && descriptor !== undefined) return runtimeLog;
      return client.anyDescriptor && frame !== undefined ? runtimeLog : undefined;
    },
    enter(outlet) {
      if (!active || emitting || outlet.nesting.depth > 0) return false;
      outlet.nesting.depth++;
      return true;
    },
    leave(outlet) {
      outlet.nesting.depth--;
    },
    take(outlet, data, encoding) {
      printing.count++;
      try {
        takeAny(outlet, data, encoding);
      } catch {
        // Whatever could not be understood is still printed.
      }
    },
    fatal(error) {
      flushLines();
      deliver({
        text: fatalText(error),
        level: 'FATAL',
        stream: 'stderr',
        logger: 'stderr',
        error,
      });
    },
    finishLines() {
      exiting = true;
      flushLines();
    },
    close() {
      flushLines();
      active = false;
    },
  };
}

function toBytes(data: unknown, encoding: string | undefined): Buffer | undefined {
  if (typeof data === 'string') return Buffer.from(data, encoding as BufferEncoding);
  if (!ArrayBuffer.isView(data)) return undefined;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** The runtime client prints INFO for `console.log`, too, which says nothing about the level. */
function saidLevel(level: Level | undefined): Level | undefined {
  return level === 'INFO' ? undefined : level;
}

/** Nothing of a proxy is looked at: its traps are the application's code. */
function isError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { types } = process.getBuiltinModule('node:util');
  if (types.isNativeError(value)) return true;
  try {
    return !types.isProxy(value) && value instanceof Error;
  } catch {
    return false;
  }
}

/** The text as Node prints it, without the excerpt of the source above it. */
function fatalText(error: unknown): string {
  try {
    const text = process.getBuiltinModule('node:util').inspect(error);
    return isError(error) ? text : `Uncaught ${text}`;
  } catch {
    return 'Uncaught exception that cannot be shown';
  }
}
