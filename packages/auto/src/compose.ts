/** Everything composed; loaded only when there is an address, since loading all of it is most of what a start costs. */
import { fileURLToPath } from 'node:url';
import { lambdaIntegration } from '@direct-logging/lambda';
import { pinoIntegration } from '@direct-logging/pino-transport/integration';
import { type Registration, register } from '@direct-logging/register';
import { stdoutHook } from '@direct-logging/stdout-hook';
import { winstonIntegration } from '@direct-logging/winston-transport/integration';

/** What is installed in this thread; undefined where others ship its output. */
export const registration: Registration | undefined = register(
  [stdoutHook(), lambdaIntegration(), pinoIntegration(), winstonIntegration()],
  {
    preload: {
      specifiers: ['@direct-logging/auto'],
      importUrl: new URL('./import.js', import.meta.url).href,
      requirePath: fileURLToPath(new URL('./index.js', import.meta.url)),
    },
  },
);
