/** Gives the errors of other loggers our names: `error.type`, `error.message`, `error.stack`. */
import type { Fields } from './fields.ts';
import { parseJson } from './json-line.ts';
import { isOurs, type OurNames } from './our-names.ts';

const PARTS = ['error.type', 'error.message', 'error.stack'] as const;
/** The names of type, message and stack in various formats. */
const FOREIGN_NAMES: ReadonlyArray<readonly [type: string, message: string, stack: string]> = [
  ['error.name', 'error.message', 'error.stack_trace'],
  ['exception.type', 'exception.message', 'exception.stacktrace'],
  ['attributes.exception.type', 'attributes.exception.message', 'attributes.exception.stacktrace'],
  ['errorType', 'errorMessage', 'stackTrace'],
  ['message.errorType', 'message.errorMessage', 'message.stackTrace'],
];
const FIRST_LINE_OF_STACK = /^([A-Za-z_$][\w$.]*)(?:: (.*))?$/s;

/**
 * Renames the fields that exist, unless our name is taken: so nothing is there twice.
 * @param ownName The field in which the logger puts errors, if known.
 */
export function renameErrorFields(fields: Fields, reserved: OurNames, ownName?: string): void {
  for (const prefix of ownName === undefined ? ['err.'] : [`${ownName}.`, 'err.']) {
    if (!PARTS.some((name) => fields.has(name))) renamePrefix(fields, reserved, prefix);
  }
  for (const names of FOREIGN_NAMES) {
    names.forEach((name, part) => {
      renameTo(fields, reserved, name, PARTS[part] as string);
    });
  }
  joinStackLines(fields);
  if (!PARTS.some((name) => fields.has(name))) renameBareStack(fields, reserved);
}

/** pino and bunyan: every member of `err`. */
function renamePrefix(fields: Fields, reserved: OurNames, prefix: string): void {
  if (!['type', 'message', 'stack'].some((part) => fields.has(prefix + part))) return;
  for (const name of fields.names) {
    if (!name.startsWith(prefix)) continue;
    renameTo(fields, reserved, name, `error.${name.slice(prefix.length)}`);
  }
}

function renameTo(fields: Fields, reserved: OurNames, name: string, target: string): void {
  const at = fields.indexOf(name);
  if (at < 0 || name === target || fields.has(target) || isOurs(reserved, target)) return;
  fields.rename(at, target);
}

/** Lambda writes the stack as a list of lines. */
function joinStackLines(fields: Fields): void {
  const at = fields.indexOf('error.stack');
  if (at < 0) return;
  const value = fields.values[at] as string;
  // A list with escapes is kept as text, so this can be either.
  const list = value.startsWith('"[') ? (JSON.parse(value) as string) : value;
  // A stack can look like a list.
  const lines = list.startsWith('[') ? parseJson(list) : undefined;
  if (!Array.isArray(lines) || !lines.every((line) => typeof line === 'string')) return;
  if (lines.length > 0) fields.values[at] = JSON.stringify(lines.join('\n').toWellFormed());
}

/** winston's `errors` format puts the stack beside the message: it names type and message in its first line. */
function renameBareStack(fields: Fields, reserved: OurNames): void {
  const stack = fields.valueOf('stack');
  if (stack === undefined || !stack.includes('\\n    at ')) return;
  renameTo(fields, reserved, 'stack', 'error.stack');
  const [firstLine = ''] = (JSON.parse(stack) as string).split('\n', 1);
  const [, type, message = ''] = FIRST_LINE_OF_STACK.exec(firstLine) ?? [];
  if (type === undefined || !fields.has('error.stack')) return;
  if (!isOurs(reserved, 'error.type')) fields.add('error.type', JSON.stringify(type));
  if (message === '' || isOurs(reserved, 'error.message')) return;
  fields.add('error.message', JSON.stringify(message));
}
