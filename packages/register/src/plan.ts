/** Decides what a thread ships, so that every line is shipped by exactly one process and thread. Pure. */

/** What is known about the thread that is starting, when `VICTORIALOGS_URL` is set. */
export interface Circumstances {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly isMainThread: boolean;
  /** What the parent thread ships of this thread's output; undefined when no parent thread has registered. */
  readonly parentThread: Streams | undefined;
  /** What descriptors 1 and 2 of this process lead to, see `identify`. */
  readonly stdio: StdioIdentity;
}

/** A yes or no for each of the two output streams. */
export interface Streams {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** Names of the files, pipes or terminals behind the output streams: equal when they are the same. */
export interface StdioIdentity {
  readonly stdout: string;
  readonly stderr: string;
}

/** What to do, and why, for people who look for the reason. */
export type Plan =
  | { readonly role: 'none'; readonly reason: string }
  /** Ship everything: this thread's output is seen by nobody else. */
  | { readonly role: 'full'; readonly streams: Streams; readonly reason: string }
  /** Ship direct writes to the descriptors only: console and streams arrive in the parent thread. */
  | { readonly role: 'descriptors'; readonly streams: Streams; readonly reason: string };

/** The variable by which a process tells its children which output it ships. */
export const STDIO_VARIABLE = 'DIRECT_LOGGING_STDIO';

const BOTH: Streams = { stdout: true, stderr: true };
/** Stands for a stream that is not shipped; equal to no identity. */
const NOT_SHIPPED = '-';

/** The rules in the order in which they apply; the first that fits decides. */
export function planFor(circumstances: Circumstances): Plan {
  const { env, pid, isMainThread, parentThread, stdio } = circumstances;
  if (!isMainThread && parentThread !== undefined) {
    if (!any(parentThread)) return { role: 'none', reason: 'the parent thread ships nothing' };
    const reason = 'console and streams of a worker thread arrive in the thread that started it';
    return { role: 'descriptors', streams: parentThread, reason };
  }
  const parent = parseMarker(env[STDIO_VARIABLE]);
  if (parent !== undefined && parent.pid !== pid) {
    const streams = {
      stdout: parent.shipped.includes(stdio.stdout),
      stderr: parent.shipped.includes(stdio.stderr),
    };
    if (!any(streams)) return { role: 'none', reason: 'the parent process reads this output' };
    return { role: 'full', streams, reason: 'a child whose output goes past its parent' };
  }
  if (isMainThread && env.AWS_LAMBDA_RUNTIME_API && env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined) {
    return { role: 'none', reason: 'on a managed instance the worker threads ship for themselves' };
  }
  return { role: 'full', streams: BOTH, reason: 'nobody else sees this output' };
}

function any(streams: Streams): boolean {
  return streams.stdout || streams.stderr;
}

/** The value of `STDIO_VARIABLE`: who ships, and what. */
export function markerOf(pid: number, stdio: StdioIdentity, streams: Streams): string {
  const stdout = streams.stdout ? stdio.stdout : NOT_SHIPPED;
  const stderr = streams.stderr ? stdio.stderr : NOT_SHIPPED;
  return `${pid} ${stdout} ${stderr}`;
}

interface Marker {
  readonly pid: number;
  readonly shipped: readonly string[];
}

function parseMarker(text: string | undefined): Marker | undefined {
  const match = /^(\d+) (\S+) (\S+)$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, pid, ...identities] = match;
  return { pid: Number(pid), shipped: identities.filter((name) => name !== NOT_SHIPPED) };
}
