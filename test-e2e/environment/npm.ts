/** Runs npm for a folder that is no part of this repository. */
import { runCommand } from './run-command.ts';

/** What an outer `npm run` tells its children about this repository, and what must not reach another folder. */
const OURS = [
  'npm_config_call',
  'npm_config_local_prefix',
  'npm_config_prefix',
  'npm_config_workspace',
  'npm_config_workspaces',
  'npm_package_json',
];

/** Runs npm in the folder; its user's settings (registry, certificates, cache) are inherited. Returns its stdout. */
export async function npm(args: readonly string[], folder: string): Promise<string> {
  const env: Record<string, string | undefined> = { NODE_ENV: undefined, NODE_OPTIONS: undefined };
  for (const name of OURS) env[name] = undefined;
  return runCommand('npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier'], {
    cwd: folder,
    env,
  });
}
