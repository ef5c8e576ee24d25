/** The variables that pm2 gives a program in its cluster mode: pm2 itself unpacks them only after the preload. */

const OURS = /^(VICTORIALOGS_[A-Z_]+|LOG_LEVEL)$/;

/** Unpacks ours, as pm2 will. */
export function unpackPm2Environment(env: NodeJS.ProcessEnv): void {
  if (env.pm2_env === undefined) return;
  try {
    for (const [name, value] of Object.entries(JSON.parse(env.pm2_env))) {
      if (OURS.test(name)) env[name] = String(value);
    }
  } catch {
    // It is not pm2's.
  }
}
