/** What a process is called when no setting names it: the names that its platform gives it. Pure. */

export interface OwnName {
  readonly name: string;
  /** A variable, or words such as `the host name`. */
  readonly from: string;
}

/**
 * The container: the platform's name for this instance, else the service's name, else the host name. In Kubernetes the host
 * name is the pod's; elsewhere it often says nothing.
 */
export function ownContainerName(env: NodeJS.ProcessEnv, hostname: () => string): OwnName {
  const isPod = (env.KUBERNETES_SERVICE_HOST ?? '') !== '';
  const services = isPod ? [] : ['OTEL_SERVICE_NAME', 'K_SERVICE'];
  const from = ['AWS_LAMBDA_FUNCTION_NAME', 'POD_NAME', ...services].find(
    (variable) => Object.hasOwn(env, variable) && (env[variable] ?? '') !== '',
  );
  if (from !== undefined) return { name: env[from] as string, from };
  return { name: hostname(), from: 'the host name' };
}

/** The job: what runs in the container. */
export function ownJob(env: NodeJS.ProcessEnv, packageName: () => string | undefined): OwnName {
  if (env.AWS_LAMBDA_RUNTIME_API !== undefined) return { name: 'lambda', from: 'the runtime' };
  const { npm_package_name: npmName = '', npm_lifecycle_event: event } = env;
  // npx names the package of the folder that it was typed in, whatever it runs.
  if (npmName !== '' && event !== 'npx') return { name: npmName, from: 'npm' };
  const name = packageName();
  return name === undefined ? { name: 'node', from: 'no package' } : { name, from: 'package.json' };
}
