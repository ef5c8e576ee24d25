/** The table of `docs/settings.md`, made from the settings and their docstrings; run as a program it is written there. */
import { readFileSync } from 'node:fs';
import { environmentSwitch } from '../../packages/core/src/settings/kinds.ts';
import { allSettings } from '../../packages/core/src/settings/table.ts';
import { table, writeIntoDocs } from '../environment/docs-tables.ts';

const SOURCE = new URL('../../packages/core/src/settings/table.ts', import.meta.url);
const DOCSTRING = /^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+): setting\(/gm;
/** The meaning, the variables, and the default. */
const PARTS = /^(.*)\. Environment: (.*?)\. Default: (.*)\.$/;
const DOCS = 'https://github.com/direct-logging/direct-logging/blob/main/docs/';

/** One row for each setting. */
export function settingsTable(): string {
  const texts = new Map(
    [...readFileSync(SOURCE, 'utf8').matchAll(DOCSTRING)].map(([, text = '', name]) => [
      name,
      text.replace(/\s+(?:\* ?)?/g, ' ').trim(),
    ]),
  );
  const rows = allSettings().map(([name, { variable, also, kind }]) => {
    const [, meaning = '', variables = '', value = ''] = PARTS.exec(texts.get(name) ?? '') ?? [];
    const named = also === undefined ? `\`${variable}\`` : `\`${variable}\`, else \`${also}\``;
    if (!variables.startsWith(named)) throw new Error(`${name}: the docstring names no ${named}`);
    const option = kind === environmentSwitch ? '' : `\`${name}\``;
    return [named, option, meaning, kind.expected, value].map(withoutOwnAddress);
  });
  return table(['variable', 'option', 'meaning', 'must be', 'default'], rows);
}

/** A docstring is read anywhere, the page in its folder. */
function withoutOwnAddress(text: string): string {
  return text.replaceAll(`${DOCS}settings.md`, '').replaceAll(DOCS, '');
}

if (process.argv[1] === import.meta.filename) {
  await writeIntoDocs('settings.md', 'settings', settingsTable());
}
