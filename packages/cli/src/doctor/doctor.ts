/** Finds out step by step whether records arrive, and why not: settings, preload, spool, way to the server, test records. */
import { hostname } from 'node:os';
import { namedServer, understoodSettings } from '@direct-logging/core';
import type { Check, DoctorReport } from './check.ts';
import { checkPreload } from './preload.ts';
import { checkServer } from './server.ts';
import { checkSettings } from './settings.ts';
import { checkSpool } from './spool.ts';

/** Checks everything. Does not reject when something is wrong with the settings or the server. */
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

/** Undefined for an unusable token or tenant. The check of the settings has reported that. */
function serverIn(env: NodeJS.ProcessEnv): ReturnType<typeof namedServer> | undefined {
  try {
    return namedServer(env);
  } catch {
    return undefined;
  }
}
