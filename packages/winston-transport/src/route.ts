/** Decides from which of a logger's transports a line is shipped. Pure. */
import type { Info } from './from-line.ts';
import type { Levels } from './levels.ts';
import { OURS } from './ours.ts';

/** A winston transport, from any copy of winston, or the stream that stands for one among the pipes of a logger. */
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
  /** The transport to which a pipe only passes lines: of `exceptionHandlers`, `rejectionHandlers` or winston 2. */
  readonly transport?: WinstonTransport;
  readonly [OURS]?: true;
}

interface WinstonLogger {
  readonly level?: string;
  readonly levels: Levels;
  /** Missing if something that is not a logger pipes to the transport. */
  readonly transports?: readonly WinstonTransport[];
}

const LEVEL = Symbol.for('level');

/**
 * `ours`: one of our transports takes the line. `printed`: one that prints takes it. `elsewhere`: it is shipped from another
 * file or HTTP transport. `filed`: it is shipped from this transport.
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

/** Whether one of our transports logs the line. If so, that one ships it, whatever the others do. */
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

/** Whether the transport leads to the standard streams. */
export function prints(piped: WinstonTransport): boolean {
  const { stderrLevels, _stream } = piped.transport ?? piped;
  if (stderrLevels !== undefined || _stream?.fd === 1 || _stream?.fd === 2) return true;
  // In a worker thread these have no descriptor.
  return _stream !== undefined && (_stream === process.stdout || _stream === process.stderr);
}

/** Whether it is winston's File: no other transport has this private method. */
export function isFile(transport: object): boolean {
  return '_createLogDirIfNotExist' in transport;
}

/** Whether it is winston's Http. */
export function isHttp(transport: object): boolean {
  return '_request' in transport && 'ssl' in transport;
}
