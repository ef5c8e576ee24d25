/**
 * Everything composed: the file with what the first line of text needs. What other files hold is loaded when it is needed.
 *
 * @lazy first
 */
import { fileURLToPath } from 'node:url';
import type { Integration } from '@direct-logging/core';
import { lambdaIntegration } from '@direct-logging/lambda';
import { pinoIntegration } from '@direct-logging/pino-transport/integration';
import { type Preload, type Registration, register } from '@direct-logging/register';
import { stdoutHook } from '@direct-logging/stdout-hook';
import { winstonIntegration } from '@direct-logging/winston-transport/integration';

/** Installs it in this thread; undefined where others ship its output. */
export function compose(): Registration | undefined {
  const integrations = [stdoutHook(), ...lambda(), pinoIntegration(), winstonIntegration()];
  return register(integrations, { preload: preload(import.meta.url) });
}

function lambda(): Integration[] {
  return process.env.AWS_LAMBDA_RUNTIME_API === undefined ? [] : [lambdaIntegration()];
}

/** @param url Of this file; undefined in the bundle of a program, which has no such file beside it. */
function preload(url: string | undefined): Preload | undefined {
  if (url === undefined) return undefined;
  return {
    specifiers: ['@direct-logging/auto'],
    importUrl: new URL('./import.js', url).href,
    requirePath: fileURLToPath(new URL('./index.cjs', url)),
  };
}
