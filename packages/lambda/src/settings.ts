/** The settings that only a Lambda function has. */
import { onOrOff, warn } from '@direct-logging/core';

/** Names of the variables, each `1` or `0`. */
type Setting = 'VICTORIALOGS_LAMBDA_PROPAGATE' | 'VICTORIALOGS_LAMBDA_EXTENSION';

/** Whether the setting is on. Default: off. Any other value gives one warning and counts as off. */
export function isOn(setting: Setting, env: NodeJS.ProcessEnv): boolean {
  const value = (Object.hasOwn(env, setting) ? env[setting] : '') ?? '';
  const isOn = value === '' ? false : onOrOff.read(value);
  if (isOn === undefined) {
    const came = `expected ${onOrOff.expected}, got ${JSON.stringify(value.slice(0, 80))}`;
    warn('DL_INVALID_SETTING', `${setting}: ${came}; the default is used`);
  }
  return isOn ?? false;
}
