/**
 * Reads the setting `redact`: names of fields, and patterns, which an engine searches for in linear time.
 *
 * @lazy
 */
import type { RE2JS } from 're2js';
import { Mask, type Pattern } from '../record/mask.ts';
import { MASKED } from '../record/masked.ts';

/** One rule, before its pattern is compiled. */
interface Rule {
  readonly name?: string;
  readonly pattern?: { readonly source: string; readonly flags: string };
}

const MAX_RULES = 100;
/** At most as long as the server allows names to be. */
const NAME = /^(?=.*[^*.])[^\s,/"'`=:{}[\]()]{1,128}$/;
/** One rule from the environment, with the comma after it. In a pattern, a slash before a comma is written `\/`. */
const RULE = /\s*(?:\/((?:\\.|[^\\])+?)\/([a-z]*)|([^,]*?))\s*(?:,|$)/y;
const FLAGS = /^[gimsu]*$/;

/** Undefined when something is wrong. */
export function readRules(raw: unknown): Mask | undefined {
  const rules = rulesOf(raw);
  if (typeof rules === 'string') return undefined;
  const patterns = rules.flatMap(({ pattern }) => (pattern ? [compile(pattern)] : []));
  if (patterns.some((pattern) => typeof pattern === 'string')) return undefined;
  const names = rules.flatMap(({ name }) => name ?? []);
  return new Mask(names, patterns as Pattern[]);
}

/** What is wrong, for people. */
export function whatIsWrongWithRules(raw: unknown): string {
  const rules = rulesOf(raw);
  if (typeof rules === 'string') return rules;
  const messages = rules.map(({ pattern }) => (pattern ? compile(pattern) : ''));
  return messages.find((message) => typeof message === 'string' && message !== '') as string;
}

/** The rules, or a text that says what is wrong. */
function rulesOf(raw: unknown): Rule[] | string {
  const given = typeof raw === 'string' ? splitRules(raw) : raw;
  if (!Array.isArray(given)) return 'it is no list';
  const rules = given.map(ruleOf).filter((rule) => rule?.name !== '');
  if (rules.length > MAX_RULES) return `it has more than ${MAX_RULES} rules`;
  const bad = rules.indexOf(undefined);
  if (bad >= 0) return `rule ${bad + 1} is no name and no pattern`;
  return rules.length === 0 ? 'it has no rule' : (rules as Rule[]);
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

function ruleOf(given: unknown): Rule | undefined {
  if (typeof given === 'string')
    return given === '' || NAME.test(given) ? { name: given } : undefined;
  const { source, flags } = (given ?? {}) as Partial<RegExp>;
  if (typeof source !== 'string' || typeof flags !== 'string' || !FLAGS.test(flags))
    return undefined;
  return { pattern: { source, flags } };
}

/** The pattern, or a text that says why it cannot be used. */
function compile({ source, flags }: NonNullable<Rule['pattern']>): Pattern | string {
  let engine: typeof RE2JS;
  try {
    engine = loadEngine();
  } catch {
    return 'patterns need the package re2js, which is not found here: in a bundle leave it external';
  }
  try {
    const has = (flag: string, value: number) => (flags.includes(flag) ? value : 0);
    const bits =
      has('i', engine.CASE_INSENSITIVE) | has('m', engine.MULTILINE) | has('s', engine.DOTALL);
    return patternOf(engine.compile(engine.translateRegExp(source), bits | engine.LOOKBEHINDS));
  } catch (error) {
    return `the pattern /${source}/ cannot be used: ${(error as Error).message}`;
  }
}

/** Loaded for the first pattern: it is larger than everything that a start needs. */
function loadEngine(): typeof RE2JS {
  // Not imported: ESM bundles often begin with a `createRequire` of their own.
  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  return (require('re2js') as { RE2JS: typeof RE2JS }).RE2JS;
}

/** Masks what the first group matches. Without a group, or if it took no part, masks the whole match. */
function patternOf(compiled: RE2JS): Pattern {
  const group = Math.min(compiled.groupCount(), 1);
  return {
    test: (text) => compiled.test(text),
    replace(text) {
      const matcher = compiled.matcher(text);
      let masked = '';
      let copied = 0;
      while (matcher.find()) {
        // The group took no part in the match.
        const at = matcher.start(group) < 0 ? 0 : group;
        const [start, end] = [matcher.start(at), matcher.end(at)];
        if (start === end) continue;
        masked += text.slice(copied, start) + MASKED;
        copied = end;
      }
      return copied === 0 ? text : masked + text.slice(copied);
    },
  };
}
