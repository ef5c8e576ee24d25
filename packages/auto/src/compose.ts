/** Composes everything: the file with what the first line of text needs. The other files are loaded when they are needed. @lazy first */
import { fileURLToPath } from 'node:url';
import type { Integration } from '@direct-logging/core';
import { lambdaIntegration } from '@direct-logging/lambda';
import { pinoIntegration } from '@direct-logging/pino-transport/integration';
import { type Preload, type Registration, register } from '@direct-logging/register';
import { stdoutHook } from '@direct-logging/stdout-hook';
import { winstonIntegration } from '@direct-logging/winston-transport/integration';

/** Installs everything in this thread. Undefined if `register` installs nothing here. */
export function compose(): Registration | undefined {
  const integrations = [stdoutHook(), ...lambda(), pinoIntegration(), winstonIntegration()];
  return register(integrations, { preload: preload(import.meta.url) });
}

function lambda(): Integration[] {
  return process.env.AWS_LAMBDA_RUNTIME_API === undefined ? [] : [lambdaIntegration()];
}

/** @param url The URL of this file. Undefined in the bundle of a program, which does not have our files next to it. */
function preload(url: string | undefined): Preload | undefined {
  if (url === undefined) return undefined;
  return {
    specifiers: ['direct-logging', '@direct-logging/auto'],
    importUrl: new URL('./import.js', url).href,
    requirePath: fileURLToPath(new URL('./index.cjs', url)),
  };
}
