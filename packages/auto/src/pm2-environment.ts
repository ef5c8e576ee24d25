/** The variables that pm2 gives to a program in cluster mode. pm2 itself unpacks them only after the preload. */

const OURS = /^(VICTORIALOGS_[A-Z_]+|LOG_LEVEL)$/;

/** Unpacks our variables, as pm2 will do later. */
export function unpackPm2Environment(env: NodeJS.ProcessEnv): void {
  if (env.pm2_env === undefined) return;
  try {
    for (const [name, value] of Object.entries(JSON.parse(env.pm2_env))) {
      if (OURS.test(name)) env[name] = String(value);
    }
  } catch {
    // The variable is not from pm2.
  }
}
