/** Decides what of a line is ours to ship, from the transports that take it. Pure but for the formats it runs. */
import type { Info, Levels } from './from-info.ts';
import { OURS } from './ours.ts';

/** What has a format, logger or transport. */
interface Formatting {
  readonly format?: {
    transform(info: object, options: unknown): unknown;
    readonly options?: unknown;
  };
}

/** A winston transport, of whatever copy of winston, or what stands for one among the pipes of a logger. */
export interface WinstonTransport extends Formatting {
  readonly log?: unknown;
  readonly level?: string;
  readonly silent?: boolean;
  readonly handleExceptions?: boolean;
  readonly handleRejections?: boolean;
  readonly parent?: WinstonLogger | null;
  readonly eol?: unknown;
  /** Only winston's Console has it. */
  readonly stderrLevels?: unknown;
  /** Where winston's Stream and File write to. */
  readonly _stream?: { readonly fd?: unknown };
  /** One of `exceptionHandlers` or `rejectionHandlers`, or of winston 2: the pipe only passes lines on to it. */
  readonly transport?: WinstonTransport;
  readonly [OURS]?: true;
}

/** A winston logger, in the parts that matter here. */
export interface WinstonLogger extends Formatting {
  readonly silent?: boolean;
  readonly level?: string;
  readonly levels: Levels;
  readonly transports: readonly WinstonTransport[];
  readonly _readableState: { readonly length: number };
  readonly _writableState: { readonly length: number };
}

const LEVEL = Symbol.for('level');

/**
 * What a transport logs that does not lead to the standard streams; undefined when none takes the line, when a transport of
 * ours does, or when it is going to be printed.
 * @param logged As a transport that does not print has logged it; undefined when none has yet.
 */
export function unprintedInfo(
  logger: WinstonLogger,
  info: Info,
  logged: Info | undefined,
): Info | undefined {
  const takers = logger.transports.filter((transport) => takes(transport, logger, info));
  if (takers.some(isOurs)) return undefined;
  if (logged !== undefined) return logged;
  // A transport that was slow holds the others up, too: what prints will do so later.
  const isHeldUp = logger._readableState.length > 0 || logger._writableState.length > 1;
  const willPrint = (taker: WinstonTransport) => prints(taker) && format(taker, info) !== undefined;
  if (isHeldUp && takers.some(willPrint)) return undefined;
  for (const transport of takers) {
    if (prints(transport)) continue;
    const formatted = format(transport, info);
    if (formatted !== undefined) return formatted;
  }
  return undefined;
}

/** Whether a transport of ours logs the line: it ships it, whatever else is done with it. */
export function isShippedByOurs(logger: WinstonLogger, info: Info): boolean {
  return logger.transports.some((transport) => isOurs(transport) && takes(transport, logger, info));
}

/** Whether a transport of the logger prints, or is ours: then nothing is to be shipped before it has its turn. */
export function mayBeShippedLater({ transports }: WinstonLogger): boolean {
  return transports.some((transport) => isOurs(transport) || prints(transport));
}

/** The line as the logger will format it when its turn comes; undefined when the logger lets nothing through. */
export function formattedAhead(logger: WinstonLogger, info: Info): Info | undefined {
  if (logger.silent) return undefined;
  return format(logger, Object.assign(copyOf(info), { [LEVEL]: info[LEVEL] ?? info.level }));
}

/** The rules of winston-transport, and of winston's streams for exceptions and rejections. */
function takes(transport: WinstonTransport, logger: WinstonLogger, info: Info): boolean {
  if (transport.transport !== undefined && !('silent' in transport)) {
    return Boolean(transport.handleExceptions ? info.exception : info.rejection);
  }
  if (transport.silent || (info.exception === true && !transport.handleExceptions)) return false;
  const level = transport.level ?? logger.level;
  if (!level) return true;
  const most = logger.levels[level];
  const priority = logger.levels[String(info[LEVEL])];
  return most !== undefined && priority !== undefined && most >= priority;
}

function isOurs({ transport, [OURS]: isOne }: WinstonTransport): boolean {
  return isOne === true || transport?.[OURS] === true;
}

/** Whether it leads to the standard streams. */
export function prints(piped: WinstonTransport): boolean {
  const { stderrLevels, _stream } = piped.transport ?? piped;
  if (stderrLevels !== undefined || _stream?.fd === 1 || _stream?.fd === 2) return true;
  // In a worker thread these have no descriptor.
  return _stream !== undefined && (_stream === process.stdout || _stream === process.stderr);
}

/** What a format leaves out of a line, a password perhaps, must not be shipped. */
function format({ format: own }: Formatting, info: Info): Info | undefined {
  if (own === undefined) return info;
  const formatted = own.transform(copyOf(info), own.options);
  return typeof formatted === 'object' && formatted !== null ? (formatted as Info) : undefined;
}

/** Formats change what they are given. The copy of an error still is one. */
function copyOf(info: Info): Info {
  return info instanceof Error ? Object.assign(Object.create(info), info) : { ...info };
}
