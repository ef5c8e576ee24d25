/** Finds out, step by step, why records arrive or not: settings, preload, spool, the way to the server, a test record. */
import { hostname } from 'node:os';
import { namedServer, understoodSettings } from '@direct-logging/core';
import type { Check, DoctorReport } from './check.ts';
import { checkPreload } from './preload.ts';
import { checkServer } from './server.ts';
import { checkSettings } from './settings.ts';
import { checkSpool } from './spool.ts';

/** Looks at everything. Rejects for nothing that is wrong with settings or server. */
export async function examine(env: NodeJS.ProcessEnv): Promise<DoctorReport> {
  const understood = understoodSettings(
    { ...env, VICTORIALOGS_URL: env.VICTORIALOGS_URL ?? '' },
    hostname,
  );
  const checks: Check[] = [...checkSettings(env, understood), ...checkPreload(env)];
  if (understood !== undefined) {
    checks.push(...checkSpool(understood));
    const server = serverIn(env);
    if (server !== undefined) checks.push(...(await checkServer(server, understood)));
  }
  const worst = (['fail', 'warn', 'note'] as const)
    .map((bad) => checks.find(({ verdict, next }) => verdict === bad && next !== undefined))
    .find((check) => check !== undefined);
  return {
    ok: checks.every(({ verdict }) => verdict !== 'fail'),
    checks,
    next: worst?.next,
  };
}

/** A token or a tenant that can't be used has been told among the settings. */
function serverIn(env: NodeJS.ProcessEnv): ReturnType<typeof namedServer> | undefined {
  try {
    return namedServer(env);
  } catch {
    return undefined;
  }
}
