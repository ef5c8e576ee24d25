/** The settings for people: what the command shows. */
import { completeOptions, type Settings } from './options.ts';
import { packageName } from './process/package-name.ts';
import { LEVELS } from './record/record.ts';
import { allSettings } from './settings/table.ts';

/** One setting, for people. */
export interface SettingDescription {
  /** Its name in code. */
  readonly option: string;
  /** Its environment variable. */
  readonly variable: string;
  /** Another variable, which is read when this one is not set. */
  readonly also: string | undefined;
  /** True when its value must not be shown. */
  readonly isSecret: boolean;
}

/** Every setting, in the order of the documentation. */
export function describeSettings(): readonly SettingDescription[] {
  return allSettings().map(([option, { variable, also, isSecret = false }]) => ({
    option,
    variable,
    also,
    isSecret,
  }));
}

/** The settings that an environment gives. */
export interface UnderstoodSettings
  extends Pick<Settings, 'containerName' | 'job' | 'spoolDir' | 'spoolMaxBytes' | 'retentionMs'> {
  /** The lowest level that is shipped, or OFF. */
  readonly level: string;
  /** The source of each value that is not a default: a variable, or words. */
  readonly sources: Readonly<Partial<Record<'level' | 'containerName' | 'job', string>>>;
  /** The problems, one sentence each, without credentials. */
  readonly problems: readonly string[];
}

/**
 * The settings that this environment gives to a program in this working directory; undefined when its URL, tenant or redaction
 * rules are bad. Gives no warnings.
 */
export function understoodSettings(
  env: NodeJS.ProcessEnv,
  hostname: () => string,
  packageOf: () => string | undefined = () => packageName(''),
): UnderstoodSettings | undefined {
  const { settings, problems, sources } = completeOptions({}, env, hostname, packageOf);
  if (settings === undefined) return undefined;
  const { containerName, job, spoolDir, spoolMaxBytes, retentionMs, levelThreshold } = settings;
  const level = LEVELS[levelThreshold] ?? 'OFF';
  return { containerName, job, spoolDir, spoolMaxBytes, retentionMs, level, problems, sources };
}
