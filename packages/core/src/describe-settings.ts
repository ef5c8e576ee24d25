/** The settings in words: the source of `docs/settings.md`, and what the command shows. */
import { completeOptions, settingFacts } from './options.ts';
import { packageName } from './process/package-name.ts';
import { LEVELS } from './record/record.ts';
import type { CompletedOptions, Settings } from './transport-options.ts';

/** One setting, for people. */
export interface SettingDescription {
  /** Its name in code. */
  readonly option: string;
  /** False when only the environment sets it. */
  readonly isOption: boolean;
  /** Its environment variable. */
  readonly variable: string;
  /** Another variable, which is read when this one is not set. */
  readonly also: string | undefined;
  /** What it does, as a phrase in Markdown. */
  readonly meaning: string;
  /** Undefined when the value has no unit. */
  readonly unit: 'bytes' | 'milliseconds' | undefined;
  /** What a value must be. */
  readonly expected: string;
  /** The default, in words. */
  readonly default: string;
  /** True when its value must not be shown. */
  readonly isSecret: boolean;
}

/** Every setting, in the order of the documentation. */
export function describeSettings(): readonly SettingDescription[] {
  return [...settingFacts()].map(([option, facts]) => ({
    option,
    variable: facts.variable,
    also: facts.also,
    meaning: facts.meaning,
    unit: unitOf(option),
    expected: facts.kind.expected,
    default: facts.fallback ?? defaultOf(option, facts.value),
    isSecret: facts.isSecret ?? false,
    isOption: !option.startsWith('lambda'),
  }));
}

/** The settings that an environment gives. */
export interface UnderstoodSettings
  extends Pick<Settings, 'containerName' | 'job' | 'spoolDir' | 'spoolMaxBytes' | 'retentionMs'> {
  /** The lowest level that is shipped, or OFF. */
  readonly level: string;
  /** The source of each value that is not a default. */
  readonly sources: CompletedOptions['sources'];
  /** The problems, one sentence each, without credentials. */
  readonly problems: readonly string[];
}

/**
 * The settings that this environment gives to a program in this working directory; undefined when its URL or its redaction rules
 * are bad. Gives no warnings.
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

function unitOf(option: string): SettingDescription['unit'] {
  if (option.endsWith('Bytes')) return 'bytes';
  return option.endsWith('Ms') ? 'milliseconds' : undefined;
}

function defaultOf(option: string, fallback: unknown): string {
  if (Array.isArray(fallback)) return `\`${fallback.join()}\``;
  if (typeof fallback === 'string' && fallback !== '') return fallback;
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off';
  if (typeof fallback !== 'number') return 'none';
  return unitOf(option) === 'bytes' ? `${fallback} (${fallback / 2 ** 20} MiB)` : String(fallback);
}
