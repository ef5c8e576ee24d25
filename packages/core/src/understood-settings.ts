/** What an environment comes to, for people: what the command shows. */
import { completeOptions, type Settings } from './options.ts';
import { packageName } from './process/package-name.ts';
import { LEVELS } from './record/record.ts';

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
 * The settings that this environment gives to a program in this working directory; undefined when its URL, tenant, bearer token or
 * redaction rules are bad. Gives no warnings.
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
