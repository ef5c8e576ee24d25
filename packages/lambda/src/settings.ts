/** The settings that only a Lambda function has. */
import { warn } from '@direct-logging/core';

/** Names of the variables, each `1` or `0`. */
type Setting = 'VICTORIALOGS_LAMBDA_PROPAGATE' | 'VICTORIALOGS_LAMBDA_EXTENSION';

/** Whether the setting is on. Default: off. A value that is neither gives one warning and is off. */
export function isOn(setting: Setting, env: NodeJS.ProcessEnv): boolean {
  const value = env[setting] ?? '';
  if (value === '1' || value === 'true') return true;
  if (value !== '' && value !== '0' && value !== 'false') {
    const came = JSON.stringify(value.slice(0, 80));
    warn('DL_INVALID_SETTING', `${setting}: expected 1 or 0, got ${came}; the default is used`);
  }
  return false;
}
