/** What the environment variables of a function tell about its invocations. */
import { parseJson, type RecordContext } from '@direct-logging/core';

/** Ids that come from the environment, not from the invocation. */
export type EnvironmentIds = Pick<RecordContext, 'cold_start' | 'function_version'>;

/** Holds the ids of the invocation, as JSON, for child processes and worker threads that start during it. */
const INHERITED_VARIABLE = 'DIRECT_LOGGING_INVOCATION';

/**
 * The ids of the start and of the first invocation. As in Powertools, a start is cold if a caller waits for it. It is not
 * cold with provisioned concurrency, or on a managed instance.
 */
export function idsOfStart(env: NodeJS.ProcessEnv): EnvironmentIds {
  const type = env.AWS_LAMBDA_INITIALIZATION_TYPE?.trim() || 'on-demand';
  return { cold_start: type === 'on-demand' && !isManaged(env), ...idsOfVersion(env) };
}

/** The ids of a process that knows of no invocation. */
export function idsOfVersion(env: NodeJS.ProcessEnv): EnvironmentIds {
  return { function_version: env.AWS_LAMBDA_FUNCTION_VERSION };
}

/** Whether the runtime works on several invocations at a time, in worker threads. */
export function isManaged(env: NodeJS.ProcessEnv): boolean {
  return env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined;
}

/** Tells child processes and worker threads which invocation they work for. Undefined takes it back. */
export function tellChildren(env: NodeJS.ProcessEnv, context: RecordContext | undefined): void {
  if (context === undefined) delete env[INHERITED_VARIABLE];
  else env[INHERITED_VARIABLE] = JSON.stringify(context);
}

/** The ids of the invocation that started this process or thread. Undefined if none did. */
export function inheritedIds(env: NodeJS.ProcessEnv): RecordContext | undefined {
  const ids = parseJson(env[INHERITED_VARIABLE] ?? '');
  return typeof ids === 'object' && ids !== null ? ids : undefined;
}
