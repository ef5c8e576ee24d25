/** Decides which of a logger's transports a line is shipped from. Pure. */
import type { Info } from './from-line.ts';
import type { Levels } from './levels.ts';
import { OURS } from './ours.ts';

/** A winston transport, of whatever copy of winston, or what stands for one among the pipes of a logger. */
export interface WinstonTransport {
  readonly level?: string;
  readonly levels?: Levels;
  readonly silent?: boolean;
  readonly handleExceptions?: boolean;
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

interface WinstonLogger {
  readonly level?: string;
  readonly levels: Levels;
  /** Missing where a transport is piped to by something else. */
  readonly transports?: readonly WinstonTransport[];
}

const LEVEL = Symbol.for('level');

/**
 * `ours`: a transport of ours takes the line. `printed`: one that prints does. `elsewhere`: another file does. `filed`: it is
 * shipped from this transport.
 */
export type Route = 'ours' | 'printed' | 'elsewhere' | 'filed';

/** What becomes of a line that this transport writes to a file, or sends. */
export function routeOf(transport: WinstonTransport, info: Info): Route {
  const takers = takersOf(transport, info);
  if (takers.some(isOurs)) return 'ours';
  if (takers.some(prints)) return 'printed';
  const first = takers.find((taker) => isFile(taker) || isHttp(taker));
  return first === undefined || first === transport ? 'filed' : 'elsewhere';
}

/** Whether a transport of ours logs the line: it ships it, whatever else is done with it. */
export function isShippedByOurs(transport: WinstonTransport, info: Info): boolean {
  return takersOf(transport, info).some(isOurs);
}

function takersOf({ parent }: WinstonTransport, info: Info): readonly WinstonTransport[] {
  if (!parent?.transports) return [];
  return parent.transports.filter((transport) => takes(transport, parent, info));
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

/** winston's File, whose private methods nobody else has. */
export function isFile(transport: object): boolean {
  return '_createLogDirIfNotExist' in transport;
}

/** winston's Http. */
export function isHttp(transport: object): boolean {
  return '_request' in transport && 'ssl' in transport;
}
