/** What the names of a line's fields mean in the formats of other loggers: message, time, level, ids, errors. Pure. */
import type { Fields } from './fields.ts';
import { QUOTE } from './json-line.ts';
import type { Translation } from './level.ts';
import { isOurs, type OurNames } from './our-names.ts';
import { isInWindow, type OwnTime, parseTime, type TimeWindow } from './parse-time.ts';
import { translateLevel, translateSeverityNumber } from './translate-level.ts';

/** Of these kinds, one field of a line counts. */
type Part = 'message' | 'time' | 'level';

interface KnownField {
  readonly kind: Part | 'id' | 'error';
  /** If there are two fields of one kind, the one with the lower rank counts. */
  readonly rank: number;
}

/** Positions of the known fields that were found; -1 for none. */
export class FoundFields {
  messageAt = -1;
  timeAt = -1;
  time: OwnTime | undefined;
  levelAt = -1;
  level: Translation | undefined;
  hasIds = false;
  hasErrors = false;
  /** Positions of the fields whose names are ours. */
  readonly ours: number[] = [];
}

/** What decides whether a field counts. */
export interface Scope {
  /** Fields before this position are the line's own. The others came beside the text. */
  readonly lineCount: number;
  /** Whether fields that came beside the text can give the message, the time or the level. */
  readonly besideText: Readonly<Record<Part, boolean>>;
  readonly window: TimeWindow;
}

const MESSAGE_NAMES = ['message', 'msg', '_msg', '@message'];
/** OpenTelemetry's. In lines of other kinds a body is not the message. */
const BODY_NAMES = ['body', 'body.stringValue'];
const TIME_NAMES = ['time', 'timestamp', '@timestamp', '_time', 'timeUnixNano'];
const LEVEL_NAMES = [
  ...['level', 'severity', 'severityText', 'severity_text', 'log.level'],
  ...['logLevel', 'loglevel', 'lvl', 'levelname', 'level_name', 'levelName'],
  // Those of roarr, log4js and tslog.
  ...['context.logLevel', 'level.levelStr', '_meta.logLevelName'],
];
/** They say what the number in `level` means. */
const NAMES_OF_NUMBER = ['level_name', 'levelName'];
/** OpenTelemetry's. */
const SEVERITY_NUMBER_NAMES = ['severityNumber', 'severity_number'];
/** The names that OpenTelemetry and ECS give the ids. */
export const ID_NAMES: ReadonlyArray<readonly [theirs: string, ours: string]> = [
  ['traceId', 'trace_id'],
  ['trace.id', 'trace_id'],
  ['spanId', 'span_id'],
  ['span.id', 'span_id'],
];
const ERROR_NAMES = [
  ...['err.type', 'err.message', 'err.stack', 'error.name', 'error.stack_trace', 'stack'],
  ...['exception.type', 'exception.message', 'exception.stacktrace'],
  ...['attributes.exception.type', 'attributes.exception.message'],
  ...['attributes.exception.stacktrace', 'errorType', 'message.errorType'],
];
/** By consola's numbers: 0 for errors to 5. */
const CONSOLA = [4, 3, 2, 2, 1, 0].map((level) => ({ level, exact: true }));
/** Added to a rank: such a field counts after all that are ranked by their names alone. */
const NOT_A_STRING = 100;
const BESIDE_THE_TEXT = 1000;
const NO_RANK = Number.MAX_SAFE_INTEGER;

const KNOWN: ReadonlyMap<string, KnownField> = new Map([
  ...ranked('message', [...MESSAGE_NAMES, ...BODY_NAMES]),
  ...ranked('time', TIME_NAMES),
  // All of one rank, so the first in the line counts: loggers write it before fields that may come from a request.
  ...LEVEL_NAMES.flatMap((name) => ranked('level', [name])),
  ...ranked('level', SEVERITY_NUMBER_NAMES, 1),
  ...ranked('error', ERROR_NAMES),
  ...ID_NAMES.flatMap(([theirs]) => ranked('id', [theirs])),
]);

function ranked(
  kind: KnownField['kind'],
  names: readonly string[],
  firstRank = 0,
): Array<[string, KnownField]> {
  return names.map((name, at) => [name, { kind, rank: firstRank + at }]);
}

/** What a field of this name means in the formats of other loggers. Undefined if it has no meaning there. */
export function kindOf(name: string): KnownField['kind'] | undefined {
  return KNOWN.get(name)?.kind;
}

export function findKnownFields(fields: Fields, ours: OurNames, scope: Scope): FoundFields {
  const found = new FoundFields();
  const ranks = { message: NO_RANK, time: NO_RANK, level: NO_RANK };
  for (let at = 0; at < fields.names.length; at++) {
    const name = fields.names[at] as string;
    if (isOurs(ours, name)) found.ours.push(at);
    const known = KNOWN.get(name);
    if (known === undefined) continue;
    const { kind } = known;
    if (kind === 'id') found.hasIds = true;
    else if (kind === 'error') found.hasErrors = true;
    else {
      const rank = rankOf(kind, known.rank, fields, at, scope);
      if (rank >= ranks[kind] || !take(kind, fields, at, scope.window, found)) continue;
      ranks[kind] = rank;
      found[`${kind}At`] = at;
    }
  }
  return found;
}

function rankOf(kind: Part, ofName: number, fields: Fields, at: number, scope: Scope): number {
  const isBeside = at >= scope.lineCount;
  if (isBeside && !scope.besideText[kind]) return NO_RANK;
  const rank = isBeside ? ofName + BESIDE_THE_TEXT : ofName;
  if (kind !== 'message') return isNameOfDigit(fields, at) ? rank - 1 : rank;
  // The levels of pino and bunyan are numbers. Beside their `msg`, `message` is a field of the application.
  const isMsg = fields.names[at] === 'msg' && isNumber(fields.valueOf('level'));
  const isString = (fields.values[at] as string).charCodeAt(0) === QUOTE;
  return rank + (isString ? 0 : NOT_A_STRING) - (isMsg ? MESSAGE_NAMES.length : 0);
}

/** Takes the value of a field as the message, time or level. False if it cannot be that. */
function take(
  kind: Part,
  fields: Fields,
  at: number,
  window: TimeWindow,
  found: FoundFields,
): boolean {
  const name = fields.names[at] as string;
  const value = fields.values[at] as string;
  if (kind === 'message') return !BODY_NAMES.includes(name) || isOpenTelemetry(fields);
  if (kind === 'time') {
    const time = parseTime(value);
    if (time === undefined || !isInWindow(time.ms, window)) return false;
    found.time = time;
    return true;
  }
  // A number in `level` is the logger's level, even if it means nothing here. After it, only the name of that level counts.
  const number = NAMES_OF_NUMBER.includes(name) ? -1 : fields.indexOf('level');
  if (number >= 0 && number < at && isNumber(fields.values[number])) return false;
  const level = isConsola(fields)
    ? CONSOLA[Number(value)]
    : translateJson(value, SEVERITY_NUMBER_NAMES.includes(name));
  if (level === undefined) return false;
  found.level = level;
  return true;
}

/** adze numbers its levels in another order than syslog. It writes the name right after the number, where the application puts no field. */
function isNameOfDigit(fields: Fields, at: number): boolean {
  const isNext = fields.indexOf('level') === at - 1 && fields.values[at - 1]?.length === 1;
  return isNext && NAMES_OF_NUMBER.includes(fields.names[at] as string);
}

function isOpenTelemetry(fields: Fields): boolean {
  const names = ['severityText', 'severity_text', ...SEVERITY_NUMBER_NAMES];
  return names.some((name) => fields.has(name));
}

/** consola writes `type` before `level`, which is 0 to 5. In the other order, the `type` may come from a request. */
function isConsola(fields: Fields): boolean {
  const isTypeFirst = fields.has('type') && fields.indexOf('type') < fields.indexOf('level');
  return isTypeFirst && fields.valueOf('level')?.length === 1 && fields.has('args');
}

function translateJson(json: string, isSeverityNumber: boolean): Translation | undefined {
  const isString = json.charCodeAt(0) === QUOTE;
  // Only strings and numbers: lists and booleans are not levels.
  if (!isString && !isNumber(json)) return undefined;
  const value: unknown = isString ? JSON.parse(json) : Number(json);
  return isSeverityNumber ? translateSeverityNumber(value) : translateLevel(value);
}

/** Whether the JSON is a number that can be a level. */
function isNumber(json = ''): boolean {
  return json >= '0' && json < ':';
}
