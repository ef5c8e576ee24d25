/** What the names of a line's fields mean in the formats of other loggers: message, time, level, ids, errors. Pure. */
import type { Fields } from './fields.ts';
import { QUOTE } from './json-line.ts';
import type { Translation } from './level.ts';
import { isOurs, type OurNames } from './our-names.ts';
import { isInWindow, type OwnTime, parseTime, type TimeWindow } from './parse-time.ts';
import { translateLevel, translateSeverityNumber } from './translate-level.ts';

interface KnownField {
  readonly kind: 'message' | 'time' | 'level' | 'severity number' | 'id' | 'error';
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
  readonly besideText: {
    readonly message: boolean;
    readonly time: boolean;
    readonly level: boolean;
  };
  readonly window: TimeWindow;
}

const MESSAGE_NAMES = ['message', 'msg', '_msg', '@message'];
/** OpenTelemetry's. In lines of other kinds a body is not the message. */
const BODY_NAMES = ['body', 'body.stringValue'];
const TIME_NAMES = ['time', 'timestamp', '@timestamp', '_time', 'timeUnixNano'];
const LEVEL_NAMES = [
  ...['level', 'severity', 'severityText', 'severity_text', 'log.level'],
  // The last one is roarr's.
  ...['logLevel', 'loglevel', 'lvl', 'levelname', 'context.logLevel'],
];
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
/** Ranks a field after all those that are ranked only by their name. */
const NOT_A_STRING = 100;
const BESIDE_THE_TEXT = 1000;
const NO_RANK = Number.MAX_SAFE_INTEGER;

const KNOWN: ReadonlyMap<string, KnownField> = new Map([
  ...ranked('message', [...MESSAGE_NAMES, ...BODY_NAMES]),
  ...ranked('time', TIME_NAMES),
  ...ranked('level', LEVEL_NAMES),
  ...ranked('severity number', SEVERITY_NUMBER_NAMES, LEVEL_NAMES.length),
  ...ranked('error', ERROR_NAMES),
  ...ranked(
    'id',
    ID_NAMES.map(([theirs]) => theirs),
  ),
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
  const finder = new Finder(fields, scope);
  for (let at = 0; at < fields.names.length; at++) {
    const name = fields.names[at] as string;
    if (isOurs(ours, name)) finder.found.ours.push(at);
    const field = KNOWN.get(name);
    if (field !== undefined) finder.consider(at, field);
  }
  return finder.found;
}

class Finder {
  readonly found: FoundFields = new FoundFields();
  readonly #fields: Fields;
  readonly #scope: Scope;
  #messageRank = NO_RANK;
  #timeRank = NO_RANK;
  #levelRank = NO_RANK;

  constructor(fields: Fields, scope: Scope) {
    this.#fields = fields;
    this.#scope = scope;
  }

  consider(at: number, { kind, rank: ofName }: KnownField): void {
    if (kind === 'id') this.found.hasIds = true;
    else if (kind === 'error') this.found.hasErrors = true;
    else {
      const isBeside = at >= this.#scope.lineCount;
      const what = kind === 'severity number' ? 'level' : kind;
      if (isBeside && !this.#scope.besideText[what]) return;
      const rank = isBeside ? ofName + BESIDE_THE_TEXT : ofName;
      if (what === 'message') this.#considerMessage(at, rank);
      else if (what === 'time') this.#considerTime(at, rank);
      else this.#considerLevel(at, rank, kind === 'severity number');
    }
  }

  #considerMessage(at: number, nameRank: number): void {
    const name = this.#fields.names[at] as string;
    const isString = (this.#fields.values[at] as string).charCodeAt(0) === QUOTE;
    let rank = isString ? nameRank : nameRank + NOT_A_STRING;
    // The levels of pino and bunyan are numbers. Beside their `msg`, `message` is a field of the application.
    if (name === 'msg' && isNumber(this.#fields.valueOf('level'))) rank -= MESSAGE_NAMES.length;
    if (rank >= this.#messageRank) return;
    if (BODY_NAMES.includes(name) && !isOpenTelemetry(this.#fields)) return;
    this.found.messageAt = at;
    this.#messageRank = rank;
  }

  #considerTime(at: number, rank: number): void {
    const time = rank < this.#timeRank ? parseTime(this.#fields.values[at] as string) : undefined;
    if (time === undefined || !isInWindow(time.ms, this.#scope.window)) return;
    this.found.time = time;
    this.found.timeAt = at;
    this.#timeRank = rank;
  }

  #considerLevel(at: number, rank: number, isNumber: boolean): void {
    if (rank >= this.#levelRank) return;
    const level = translateJson(this.#fields.values[at] as string, isNumber);
    if (level === undefined) return;
    this.found.level = level;
    this.found.levelAt = at;
    this.#levelRank = rank;
  }
}

function isOpenTelemetry(fields: Fields): boolean {
  const names = ['severityText', 'severity_text', ...SEVERITY_NUMBER_NAMES];
  return names.some((name) => fields.has(name));
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
