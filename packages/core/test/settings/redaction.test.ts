import { describe, expect, it } from 'vitest';
import type { Redaction } from '../../src/record/redact.ts';
import { readRules } from '../../src/settings/redaction.ts';

function redaction(raw: unknown): Redaction {
  const rules = readRules(raw);
  if (typeof rules === 'string') throw new Error(rules);
  return rules;
}

describe('readRules', () => {
  it.each([
    ['/card=(/', /missing closing/],
    ['password,a b', /^rule 2 must be a name or a pattern$/],
    ['password,/x/y', /^rule 2 must be a name or a pattern$/],
    ['*', /^rule 1 must be a name/],
    ['.', /^rule 1 must be a name/],
    ['pin;password', /^rule 1 must be a name/],
    ['pin|password', /^rule 1 must be a name/],
    ['user/password', /^rule 1 must be a name/],
    ['$.password', /^rule 1 must be a name/],
    ['a.$.password', /^rule 1 must be a name/],
    ['password.', /^rule 1 must be a name/],
    ['.password', /^rule 1 must be a name/],
    ['a..password', /^rule 1 must be a name/],
    ['!password', /^rule 1 must be a name/],
    ['password?', /^rule 1 must be a name/],
    ['pass\u0000word', /^rule 1 must be a name/],
    [',', /^must have a rule$/],
    ['', /^must have a rule$/],
    ['/never ends', /^rule 1 must be a name/],
    ['pin,/(4711)\\1/', /^rule 2 is a pattern that cannot be used: invalid escape sequence$/],
    ['/4711(/', /^rule 1 is a pattern that cannot be used: missing closing \)$/],
    ['x'.repeat(129), /^rule 1 must be a name/],
    [[7], /^rule 1 must be a name or a pattern$/],
    [[null], /^rule 1 must be a name or a pattern$/],
    [[/a/y], /^rule 1 must be a name or a pattern$/],
    [7, /^must be a list$/],
    [Array.from({ length: 101 }, () => 'a'), /^must have at most 100 rules$/],
  ])('refuses %j, which could let a secret through', (raw, why) => {
    expect(readRules(raw)).toMatch(why);
  });

  it('takes names and patterns from code', () => {
    const rules = redaction(['pin', /\d{16}/, '']);
    expect(rules.text('pin=1 4111111111111111')).toBe('pin=*** ***');
  });

  it.each(['$set.password', '@type', '--password', 'x-api-key', '*.a*b', 'mot_de_passé', 'a%b'])(
    'takes the name %j',
    (name) => {
      expect(redaction(name).hides(name.replaceAll('*', 'x'))).toBe(true);
    },
  );

  it('takes commas and slashes in patterns, and names beside them, from the environment', () => {
    const rules = redaction('pin, /a\\/b{1,2},/i,/x/ , token');
    expect(rules.text('A/bb, x pin=1 token=2')).toBe('*** *** pin=*** token=***');
  });

  it.each([
    ['i', '/abc/i', 'ABC'],
    ['m', '/^abc/m', 'x\nabc'],
    ['s', '/a.c/s', 'a\nc'],
    ['g and u', '/abc/gu', 'abc'],
  ])('knows the flag %s', (_, rule, text) => {
    expect(redaction(rule).text(text)).toMatch(/\*\*\*$/);
    expect(redaction(rule.replace(/[a-z]+$/, '')).text('ABC x\nabd a\nC')).not.toContain('*');
  });
});

describe('a pattern', () => {
  it.each([
    ['the first group, if it has one', '/card=(\\d+)(x)?/', 'card=1 card=23x;', '*** '],
    ['the whole match without a group', '/(?<=card=)\\d+/', 'card=1 card=23;', 'card=***'],
    ['the whole match when the group took no part', '/card|(never)/', 'a card', 'a ***'],
  ])('redacts %s', (_, rule, text, expected) => {
    expect(redaction(rule).text(text)).toContain(expected);
  });

  it('keeps what is around every match', () => {
    expect(redaction('/card=(\\d+)/').text('a card=1 b card=23;')).toBe('a card=*** b card=***;');
    expect(redaction('/x*/').text('aba')).toBe('aba');
  });

  it('is searched for in linear time', () => {
    // An engine that goes back would try 2^50,000 ways.
    const text = `${'a'.repeat(50_000)}!`;
    expect(redaction('/(a+)+$/').text(text)).toBe(text);
  });
});
