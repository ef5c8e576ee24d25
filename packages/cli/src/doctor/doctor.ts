/** Finds out step by step whether records arrive, and why not: settings, preload, spool, way to the server, test records. */
import { hostname } from 'node:os';
import { attempt, namedServer, understoodSettings } from '@direct-logging/core';
import { type Check, checked, type DoctorReport } from './check.ts';
import { checkPreload } from './preload.ts';
import { checkServer, TEST_RECORD } from './server.ts';
import { checkSettings } from './settings.ts';
import { checkSpool } from './spool.ts';

const LOOK =
  'look at what arrives with direct-logging tail -f. If a program with the preload ships nothing, start it with VICTORIALOGS_DEBUG=1: the process then says on stderr what it sees';

/** Checks everything. Does not reject when something is wrong with the settings or the server. */
export async function examine(env: NodeJS.ProcessEnv, version: string): Promise<DoctorReport> {
  const understood = understoodSettings(
    { ...env, VICTORIALOGS_URL: env.VICTORIALOGS_URL ?? '' },
    hostname,
  );
  const checks: Check[] = [
    checked('note', 'direct-logging', version),
    ...checkSettings(env, understood),
    ...checkPreload(env),
  ];
  if (understood !== undefined) {
    checks.push(...checkSpool(understood));
    // Undefined if a credential in a file cannot be read, which the check of the settings has reported.
    const server = attempt(() => namedServer(env));
    if (server !== undefined) checks.push(...(await checkServer(server, understood)));
    checks.push(...checkProxy(env, checks));
  }
  const worst = (['fail', 'warn', 'note'] as const)
    .map((bad) => checks.find(({ verdict, next }) => verdict === bad && next !== undefined))
    .find((check) => check !== undefined);
  const ok = checks.every(({ verdict }) => verdict !== 'fail');
  return { ok, checks, conclusion: conclude(ok, checks), next: worst?.next ?? LOOK };
}

/** Other tools of the machine may reach the server through a proxy for outgoing connections. */
function checkProxy(env: NodeJS.ProcessEnv, checks: readonly Check[]): Check[] {
  const isUnreachable = checks.some(
    ({ name, verdict }) => verdict === 'fail' && /^(?:DNS|TCP)$/.test(name),
  );
  const name = Object.keys(env).find((one) => /^(?:https?|all)_proxy$/i.test(one));
  if (!isUnreachable || name === undefined) return [];
  const finding = 'is not used: each line is written to a connection of our own';
  const next =
    'if nothing else leads out of this network, let VICTORIALOGS_URL name a reverse proxy';
  return [checked('warn', name, finding, next)];
}

/** Only what was read back is known to arrive. */
function conclude(ok: boolean, checks: readonly Check[]): string {
  if (!ok) return 'Records do not arrive from here.';
  const isFound = checks.some(({ name, verdict }) => name === TEST_RECORD && verdict === 'ok');
  if (isFound) return 'Records arrive from here.';
  return 'The server accepts records from here. Whether it stores them is not known.';
}
