/** What is set, where it comes from, and what was probably meant. */
import { join } from 'node:path';
import {
  allSettings,
  attempt,
  LEVELS,
  namedServer,
  readSmallFile,
  type UnderstoodSettings,
} from '@direct-logging/core';
import { type Check, checked, failed } from './check.ts';

/** @param understood Undefined when the environment names no usable server. */
export function checkSettings(
  env: NodeJS.ProcessEnv,
  understood: UnderstoodSettings | undefined,
  directory: string = process.cwd(),
): Check[] {
  const server = serverCheck(env, directory);
  const problems = (understood?.problems ?? [])
    .map(partsOf)
    .map(({ variable, finding }) => checked('warn', variable, finding, `correct ${variable}`))
    .filter(({ name }) => name !== server.name);
  const isWrong = new Set([server, ...problems].map(({ name }) => name));
  const set = allVariables()
    .filter(({ name }) => name !== 'VICTORIALOGS_URL' && (env[name] ?? '') !== '')
    .map(({ name, isSecret }) => checked('ok', name, isSecret ? 'is set' : (env[name] ?? '')));
  return [
    ...unknownIn(env),
    server,
    ...set.filter(({ name }) => !isWrong.has(name)),
    ...cardinalityOf(env.VICTORIALOGS_STREAM_FIELDS),
    ...problems,
    ...(understood === undefined ? [] : derived(understood)),
  ];
}

function unknownIn(env: NodeJS.ProcessEnv): Check[] {
  const known = allVariables().map(({ name }) => name);
  return unknownVariables(Object.keys(env), known).map(({ name, meant }) => ({
    name,
    verdict: env[meant ?? ''] === undefined && meant === 'VICTORIALOGS_URL' ? 'fail' : 'warn',
    finding: `is set, but there is no such setting${meant === undefined ? '' : `; ${meant} was probably meant`}`,
    next: meant === undefined ? `remove ${name}` : `rename ${name} to ${meant}`,
  }));
}

/** How many letters may differ. In a short name, which other programs may use, only one. */
const MAX_DIFFERENT = 2;
const SHORT = 10;
const OURS = /^VICTORIA_?LOGS?_/i;
/**
 * Each pod has such variables for each service of its namespace, after the service's name:
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_HOST = '_SERVICE_HOST';
const OF_SERVICE = /^(?:_SERVICE_HOST|_SERVICE_PORT(?:_\w+)?|_PORT(?:_\d+_\w+)?)$/;

/** Variables that look as if they were meant for us, in alphabetical order, and which one was probably meant, if that can be told. */
export function unknownVariables(
  names: readonly string[],
  known: readonly string[],
): readonly { readonly name: string; readonly meant: string | undefined }[] {
  const services = names
    .filter((name) => name.endsWith(SERVICE_HOST))
    .map((name) => name.slice(0, -SERVICE_HOST.length));
  const isOfService = (name: string): boolean =>
    services.some(
      (service) => name.startsWith(service) && OF_SERVICE.test(name.slice(service.length)),
    );
  return names
    .filter((name) => !known.includes(name) && !isOfService(name))
    .map((name) => ({ name, meant: nearest(name, known) }))
    .filter(({ name, meant }) => meant !== undefined || OURS.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase();
  const [, rest = ''] = /^VICTORIA_?LOGS?_(.+)$/.exec(upper) ?? [];
  const near = known
    .map((other) => ({ other, distance: distanceBetween(upper, other) }))
    .filter(({ other, distance }) => distance <= (other.length < SHORT ? 1 : MAX_DIFFERENT))
    .sort((a, b) => a.distance - b.distance);
  // VICTORIALOGS_TOKEN, VICTORIALOGS_USER.
  const isPartOf = (other: string) =>
    rest !== '' && (other.endsWith(`_${rest}`) || other.startsWith(`VICTORIALOGS_${rest}`));
  return near[0]?.other ?? known.find(isPartOf);
}

/** How many letters have to be inserted, removed or replaced. */
function distanceBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    above = row;
  }
  return above[b.length] as number;
}

function serverCheck(env: NodeJS.ProcessEnv, directory: string): Check {
  const name = 'VICTORIALOGS_URL';
  const next = `set ${name} to the base URL of VictoriaLogs, such as http://victorialogs:9428`;
  if (env[name] === undefined) {
    const file = envFileWith(name, directory);
    const finding = `is not set${file === undefined ? '' : `, only in ${file}, which dotenv loads after the preload`}: the preload does nothing`;
    return failed(name, finding, file ? `start the program with node --env-file=${file}` : next);
  }
  if (/^(["']).*\1$/.test(env[name])) {
    const finding = 'has quotes around it, which docker run --env-file does not remove';
    return failed(name, finding, `set ${name} without the quotes`);
  }
  try {
    return checked('ok', name, namedServer(env).url);
  } catch (error) {
    // A credential or the tenant can be wrong, too.
    const { variable, finding } = partsOf((error as Error).message);
    return failed(variable, finding, variable === name ? next : `correct ${variable}`);
  }
}

/** A file there that sets the variable for programs that read it themselves. */
function envFileWith(variable: string, directory: string): string | undefined {
  const assignment = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${variable}[ \\t]*=`, 'm');
  return ['.env', '.env.local', '.env.production', '.env.development'].find((file) =>
    assignment.test(attempt(() => readSmallFile(join(directory, file))) ?? ''),
  );
}

/** A message begins with the variable that it is about. */
function partsOf(message: string): { readonly variable: string; readonly finding: string } {
  const colon = message.indexOf(':');
  return { variable: message.slice(0, colon), finding: message.slice(colon + 2) };
}

function allVariables(): { readonly name: string; readonly isSecret: boolean | undefined }[] {
  return allSettings().flatMap(([, { variable, also, isSecret }]) =>
    [variable, also ?? []].flat().map((name) => ({ name, isSecret })),
  );
}

/** A value of its own in each record makes a stream of each record. VictoriaLogs gets slow, and its memory full. */
function cardinalityOf(streamFields = ''): Check[] {
  const name = 'VICTORIALOGS_STREAM_FIELDS';
  const many = streamFields
    .split(',')
    .map((field) => field.trim())
    .filter((field) => /(?:^|[._-])(?:ids?|uuid|seq|ip|user|url|path)$/i.test(field));
  if (many.length === 0) return [];
  const finding = `${many.join(', ')}: if the value differs in each record, each becomes a stream of its own. VictoriaLogs gets slow, and runs out of memory`;
  const next = `take ${many.join(', ')} out of ${name}; every field can be searched, whether it is a stream field or not`;
  return [checked('warn', name, finding, next)];
}

/** Values that can come from elsewhere than our variables. */
function derived({ containerName, job, level, sources }: UnderstoodSettings): Check[] {
  const isOff = level === 'OFF';
  const isAboveInfo = (LEVELS as readonly string[]).indexOf(level) > LEVELS.indexOf('INFO');
  const variable = sources.level ?? 'LOG_LEVEL';
  const remove = `remove ${variable}, or set VICTORIALOGS_LOG_LEVEL=INFO`;
  const lower = `set VICTORIALOGS_LOG_LEVEL to INFO if lines below ${level} are missing`;
  return [
    checked('note', 'container_name', `${containerName} (${sources.containerName})`),
    checked('note', 'job', `${job} (${sources.job})`),
    isOff
      ? failed('level', 'OFF: nothing is shipped', remove)
      : checked('note', 'level', `${level} and above are shipped`, isAboveInfo ? lower : undefined),
  ];
}
