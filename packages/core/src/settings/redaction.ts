/** Reads the setting `redact`: names of fields, and patterns, which an engine searches for in linear time. @lazy */
import type { RE2JS } from 're2js';
import { steadyClock } from '../process/timers.ts';
import { type Pattern, Redaction } from '../record/redact.ts';
import { REDACTED } from '../record/redacted.ts';
import { AROUND_PARTS } from '../record/text-parts.ts';

const MAX_RULES = 100;
/** As long as the server allows names to be. */
const MAX_NAME_LENGTH = 128;
/** One rule from the environment, with the comma after it. In a pattern, a slash before a comma is written `\/`. */
const RULE = /\s*(?:\/((?:\\.|[^\\])+?)\/([a-z]*)|([^,]*?))\s*(?:,|$)/y;
/** For one pattern in all texts of an input: a thousand times what a search takes, and more for a long text. */
const MAX_MS = 200;
const MAX_MS_PER_CHARACTER = 0.002;
const FLAGS = /^[gimsu]*$/;
const NO_ENGINE = 'the package re2js is not found here: in a bundle leave it external';

/** The rules, or a text that says what is wrong. */
export function readRules(raw: unknown): Redaction | string {
  const given: unknown = typeof raw === 'string' ? splitRules(raw) : raw;
  if (!Array.isArray(given)) return 'must be a list';
  const rules = given.filter((rule) => rule !== '');
  if (rules.length > MAX_RULES) return `must have at most ${MAX_RULES} rules`;
  if (rules.length === 0) return 'must have a rule';
  const names: string[] = [];
  const patterns: Pattern[] = [];
  for (const [at, rule] of rules.entries()) {
    const pattern = isPattern(rule) ? compile(rule) : undefined;
    if (typeof pattern === 'string') return `rule ${at + 1} is a pattern that ${pattern}`;
    if (pattern !== undefined) patterns.push(pattern);
    else if (typeof rule === 'string' && isName(rule)) names.push(rule);
    else return `rule ${at + 1} must be a name or a pattern`;
  }
  return new Redaction(names, patterns);
}

function splitRules(raw: string): unknown[] {
  const rules: unknown[] = [];
  RULE.lastIndex = 0;
  while (RULE.lastIndex < raw.length) {
    const found = RULE.exec(raw);
    if (found === null) return [undefined];
    const [, source, flags = '', name] = found;
    rules.push(source === undefined ? name : { source, flags });
  }
  return rules;
}

/** Whether a field can have this name. One that none can have would hide nothing, and nobody would notice. */
function isName(rule: string): boolean {
  const parts = rule.split('.').map((part) => part.replaceAll('*', ''));
  const isPart = (part: string) => part !== '$' && part.search(AROUND_PARTS) < 0;
  const isEmpty = rule.split('.').includes('') || parts.every((part) => part === '');
  return rule.length <= MAX_NAME_LENGTH && !isEmpty && parts.every(isPart);
}

function isPattern(rule: unknown): rule is Pick<RegExp, 'source' | 'flags'> {
  if (typeof rule !== 'object' || rule === null) return false;
  const { source, flags } = rule as Partial<RegExp>;
  return typeof source === 'string' && typeof flags === 'string' && FLAGS.test(flags);
}

/** The pattern, or a text that says why it cannot be used. */
function compile({ source, flags }: Pick<RegExp, 'source' | 'flags'>): Pattern | string {
  try {
    const engine = loadEngine();
    const has = (flag: string, value: number) => (flags.includes(flag) ? value : 0);
    const bits =
      has('i', engine.CASE_INSENSITIVE) | has('m', engine.MULTILINE) | has('s', engine.DOTALL);
    return patternOf(engine.compile(engine.translateRegExp(source), bits | engine.LOOKBEHINDS));
  } catch (error) {
    // Not its message, which repeats the pattern: it can be the secret.
    const { error: why = NO_ENGINE } = error as { error?: string };
    return `cannot be used: ${why}`;
  }
}

/** Loaded for the first pattern: it is larger than everything that a start needs. */
function loadEngine(): typeof RE2JS {
  // Not imported: ESM bundles often begin with a `createRequire` of their own.
  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  return (require('re2js') as { RE2JS: typeof RE2JS }).RE2JS;
}

/**
 * Redacts what the first group matches. Without a group, or if it took no part, redacts the whole match. One search is linear, but some
 * patterns look at the whole rest of the text for each match, such as `a(.*b)?`. If that takes too long, the rest is redacted.
 */
function patternOf(compiled: RE2JS): Pattern {
  const group = Math.min(compiled.groupCount(), 1);
  let last = -1;
  let leftMs = MAX_MS;
  return (text, input) => {
    if (!compiled.test(text)) return text;
    if (input !== last) leftMs = MAX_MS;
    last = input;
    const start = steadyClock();
    const expectedMs = text.length * MAX_MS_PER_CHARACTER;
    const redacted = redactMatches(
      text,
      compiled.matcher(text),
      group,
      start + leftMs + expectedMs,
    );
    leftMs -= Math.max(0, steadyClock() - start - expectedMs);
    return redacted;
  };
}

type Matcher = ReturnType<RE2JS['matcher']>;

function redactMatches(text: string, matcher: Matcher, group: number, deadline: number): string {
  let redacted = '';
  let copied = 0;
  while (matcher.find()) {
    if (steadyClock() > deadline) return redacted + text.slice(copied, matcher.start()) + REDACTED;
    const at = matcher.start(group) < 0 ? 0 : group;
    const [start, end] = [matcher.start(at), matcher.end(at)];
    if (start === end) continue;
    redacted += text.slice(copied, start) + REDACTED;
    copied = end;
  }
  return copied === 0 ? text : redacted + text.slice(copied);
}
