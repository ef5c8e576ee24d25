/** Turns anything that is logged into a record: message, level, time, and fields with distinct names. @lazy json */
import { errorInText } from './error-in-text.ts';
import { describeError, type ErrorParts } from './error-to-fields.ts';
import { Fields } from './fields.ts';
import { isError } from './is-error.ts';
import { flattenJsonObject, memberOf } from './json-line.ts';
import { type FoundFields, findKnownFields, ID_NAMES, kindOf } from './known-fields.ts';
import type { Translation } from './level.ts';
import { isOurs, type OurNames } from './our-names.ts';
import { isInWindow, type OwnTime, type TimeWindow } from './parse-time.ts';
import { INFO, type LogInput } from './record.ts';
import { renameErrorFields } from './rename-error-fields.ts';
import { stringify } from './stringify.ts';
import { leadingLevel } from './text-level.ts';
import { translateLevel } from './translate-level.ts';

/** Here, so that a program that prints only text does not load it. */
export { asJsonObject } from './json-line.ts';

export interface NormalRecord {
  /** Index into LEVELS. */
  readonly level: number;
  /** JSON text of a string that is never empty. */
  readonly message: string;
  /** The time that came with it, if the server takes it. */
  readonly time: OwnTime | undefined;
  /** Everything else. No name is one of ours. */
  readonly fields: Fields;
  readonly found: FoundFields;
  /** Fields before this position came with the text. */
  readonly lineCount: number;
}

/** The message of a line without text: it looks as blank as it was printed, but the server keeps it. */
const BLANK_MESSAGE = '" "';
/** If an object has no message, this much of its text is shown as one. Its fields are complete. */
export const MAX_SUMMARY_LENGTH = 4096;
const ID = /^"[0-9a-fA-F-]{8,64}"$/;

/**
 * Turns one message into a record.
 * @param json The text, if it is a JSON object.
 * @param window Decides whether the server takes a time that came with the message.
 */
export function normalize(
  text: string,
  json: string | undefined,
  input: LogInput,
  reserved: OurNames,
  window: TimeWindow,
): NormalRecord {
  const fields = new Fields(reserved);
  if (json !== undefined) {
    flattenJsonObject(json, (name, value) => {
      const kind = kindOf(name);
      // Loggers write them first, and after them what a stranger may have sent.
      if (kind === 'level' || kind === 'time') fields.add(name, value);
      else fields.put(name, value);
    });
  }
  const lineCount = fields.names.length;
  const given = translateLevel(input.level);
  const beside = addInputFields(fields, input.fields);
  const found = findKnownFields(fields, reserved, {
    lineCount,
    window,
    besideText: {
      message: json !== undefined || text === '',
      time: input.timeMs === undefined,
      level: given === undefined,
    },
  });
  const { keys } = input;
  const messageAt = keys?.message === undefined ? -1 : fields.indexOf(keys.message);
  if (messageAt >= 0 && messageAt < lineCount) found.messageAt = messageAt;
  const plainText = json === undefined && text !== '' ? text : undefined;
  const ownMessage = takeMessage(fields, found.messageAt, plainText);
  const certain = keys === undefined ? undefined : given?.level;
  renameFields(fields, found, certain, reserved, keys?.error);
  if (input.error !== undefined) addError(fields, input.error, reserved);
  else if (plainText !== undefined) addParts(fields, errorInText(plainText), reserved);
  const time = found.time ?? timeOfInput(fields, input.timeMs, window);
  const message =
    ownMessage ?? messageOfError(fields) ?? summary(objectMessage(json) ?? json ?? beside);
  const level = certain ?? levelOf(found, lineCount, given, plainText, message);
  return { level, message, time, fields, found, lineCount };
}

/** Removes the fields that became time or level, and renames those with a name of ours. */
function renameFields(
  fields: Fields,
  found: FoundFields,
  level: number | undefined,
  reserved: OurNames,
  errorField: string | undefined,
): void {
  if (found.timeAt >= 0) fields.remove(found.timeAt);
  if (found.level !== undefined) {
    // If it says more than our level, or a different one, it stays under another name.
    const isSaid = found.level.exact && (level ?? found.level.level) === found.level.level;
    if (isSaid) fields.remove(found.levelAt);
    else fields.rename(found.levelAt, fields.freeName('level'));
  }
  for (const at of found.ours) {
    if (fields.values[at] !== '' && at !== found.levelAt) fields.extract(at);
  }
  if (found.hasIds) renameIds(fields, reserved);
  if (found.hasErrors || errorField !== undefined) renameErrorFields(fields, reserved, errorField);
}

function addInputFields(fields: Fields, given: LogInput['fields']): string | undefined {
  if (given === undefined || given === null) return undefined;
  const json = stringify(given);
  if (json === undefined || !json.startsWith('{')) {
    // Not an object, whatever the types say. It is kept all the same.
    if (json !== undefined) fields.add('fields', json);
    return json;
  }
  flattenJsonObject(json, (name, value) => fields.add(name, value));
  return json === '{}' ? undefined : json;
}

function takeMessage(
  fields: Fields,
  at: number,
  plainText: string | undefined,
): string | undefined {
  if (plainText !== undefined) return JSON.stringify(plainText.toWellFormed());
  if (at < 0) return undefined;
  const value = fields.values[at] as string;
  fields.remove(at);
  return asJsonString(value);
}

function asJsonString(value: string): string {
  return value.startsWith('"') ? value : JSON.stringify(value);
}

function renameIds(fields: Fields, reserved: OurNames): void {
  for (const [theirs, ours] of ID_NAMES) {
    const at = fields.indexOf(theirs);
    if (at < 0 || fields.has(ours) || isOurs(reserved, ours)) continue;
    if (ID.test(fields.values[at] as string)) fields.rename(at, ours);
  }
}

function addError(fields: Fields, error: unknown, reserved: OurNames): void {
  const parts = describeError(error);
  // Of a thrown object without a message, all of it.
  const message = parts.message || (isError(error) ? '' : (stringify(error) ?? ''));
  addParts(fields, { ...parts, message }, reserved);
}

function addParts(
  fields: Fields,
  parts: Partial<ErrorParts> | undefined,
  reserved: OurNames,
): void {
  if (parts === undefined) return;
  for (const part of ['type', 'message', 'stack', 'code'] as const) {
    const name = `error.${part}`;
    const json = stringify(parts[part]);
    if (json === undefined || json === '""' || fields.has(name)) continue;
    fields.put(isOurs(reserved, name) ? fields.freeName(name) : name, json);
  }
}

function timeOfInput(fields: Fields, timeMs: unknown, window: TimeWindow): OwnTime | undefined {
  if (typeof timeMs !== 'number' || !Number.isFinite(timeMs)) return undefined;
  if (isInWindow(timeMs, window)) return { ms: Math.floor(timeMs), digits: '' };
  fields.put(fields.freeName('_time'), String(timeMs));
  return undefined;
}

function messageOfError(fields: Fields): string | undefined {
  const value = fields.valueOf('error.message') ?? fields.valueOf('error.type');
  return value === undefined ? undefined : asJsonString(value);
}

/** In Lambda's JSON format, `message` is what was logged, even if that is an object. */
function objectMessage(json: string | undefined): string | undefined {
  if (json === undefined) return undefined;
  const message = memberOf(json, 'message');
  const said = message === undefined || message === 'null' ? memberOf(json, 'msg') : message;
  return said?.startsWith('{') ? said : undefined;
}

function summary(json: string | undefined): string {
  if (json === undefined) return BLANK_MESSAGE;
  if (json.length <= MAX_SUMMARY_LENGTH) return JSON.stringify(json);
  return JSON.stringify(`${json.slice(0, MAX_SUMMARY_LENGTH).toWellFormed()}…`);
}

/** The line's own level, else the logger's, else that of the fields beside the text, else the one at the start of the text. */
function levelOf(
  found: FoundFields,
  lineCount: number,
  ofLogger: Translation | undefined,
  plainText: string | undefined,
  message: string,
): number {
  if (found.level !== undefined && found.levelAt < lineCount) return found.level.level;
  const given = ofLogger ?? found.level;
  if (given !== undefined) return given.level;
  const leading = leadingLevel(plainText ?? (JSON.parse(message) as string));
  return leading < 0 ? INFO : leading;
}
