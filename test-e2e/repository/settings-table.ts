/** The table of `docs/settings.md`, made from the settings themselves; run as a program it is written there. */
import {
  describeSettings,
  type SettingDescription,
} from '../../packages/core/src/describe-settings.ts';
import { table, writeIntoDocs } from '../environment/docs-tables.ts';

/** One row for each setting. */
export function settingsTable(): string {
  const head = ['variable', 'option', 'meaning', 'must be', 'default'];
  return table(head, describeSettings().map(rowOf));
}

function rowOf(setting: SettingDescription): string[] {
  const { variable, also, option, isOption, meaning, unit, expected } = setting;
  const amount = unit === undefined ? expected : `${expected}, in ${unit}`;
  const names = also === undefined ? `\`${variable}\`` : `\`${variable}\`, else \`${also}\``;
  return [names, isOption ? `\`${option}\`` : '', meaning, amount, setting.default];
}

if (process.argv[1] === import.meta.filename) {
  await writeIntoDocs('settings.md', 'settings', settingsTable());
}
