/** Tells winston's transports apart, whatever copy of winston or of this package they come from. Pure. */
import { isStandardStream } from '@direct-logging/core';
import type { Levels } from './levels.ts';

/** Set on every transport that ships what it takes. */
export const OURS: unique symbol = Symbol.for('@direct-logging/winston-transport');

/** Server and tenant of a transport of ours. An older copy of this package does not set it. */
export const PLACE: unique symbol = Symbol.for('@direct-logging/winston-transport/place');

/** A transport of winston 3. */
export interface WinstonTransport {
  readonly levels?: Levels;
  readonly parent?: { readonly transports?: readonly WinstonTransport[] } | null;
  readonly eol?: unknown;
  /** How many lines wait for it, or are being logged. */
  readonly writableLength?: number;
  /** Only winston's Console has it. */
  readonly stderrLevels?: unknown;
  /** Where winston's Stream and File write to. */
  readonly _stream?: { readonly fd?: unknown };
  readonly [OURS]?: true;
  readonly [PLACE]?: string;
}

const NONE: readonly WinstonTransport[] = [];

/** Whether it is one of ours, which ships every line that it logs, to this server and tenant. */
export function isOurs(transport: WinstonTransport, place: string): boolean {
  return transport[OURS] === true && (transport[PLACE] ?? place) === place;
}

/** Whether it leads to the standard streams. */
export function prints({ stderrLevels, _stream }: WinstonTransport): boolean {
  return stderrLevels !== undefined || (_stream !== undefined && isStandardStream(_stream));
}

/** Whether it is winston's File: no other transport has this private method. https://github.com/winstonjs/winston/blob/master/lib/winston/transports/file.js */
export function isFile(transport: object): boolean {
  return '_createLogDirIfNotExist' in transport;
}

/** Whether this is the prototype of winston's Http: no other has this private method. https://github.com/winstonjs/winston/blob/master/lib/winston/transports/http.js */
export function isHttp(prototype: object): boolean {
  return Object.hasOwn(prototype, '_request');
}

/** All transports of its logger, in the order in which they get each line. The logger's getters are code of others, and may throw. */
export function siblingsOf({ parent }: WinstonTransport): readonly WinstonTransport[] {
  try {
    return parent?.transports ?? NONE;
  } catch {
    return NONE;
  }
}

/** Those that log a line right after this one. A transport that is still busy with another line logs it at some later time. */
export function laterThan(transport: WinstonTransport): readonly WinstonTransport[] {
  const all = siblingsOf(transport);
  const at = all.indexOf(transport);
  // Most loggers have one.
  if (at < 0 || at === all.length - 1) return NONE;
  return all.slice(at + 1).filter(({ writableLength = 0 }) => writableLength === 0);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
