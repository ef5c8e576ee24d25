/** Takes our functions out of the stack of an error. @lazy errors */

const FRAME = /^ {4}at /;

/**
 * Removes our frames, and those that exceed the application's limit.
 * @param raised The limit when the error was made.
 * @throws What the error throws: one that cannot be changed keeps our frames.
 */
export function hideFrames(error: unknown, limit: unknown, raised: unknown): void {
  if (!(error instanceof Error) || typeof limit !== 'number') return;
  const { stack } = error;
  if (typeof stack !== 'string') return;
  const ours = ownFolder();
  const lines = stack.split('\n');
  const isFull = lines.filter((line) => FRAME.test(line)).length === raised;
  if (!isFull && !stack.includes(ours)) return;
  let frames = 0;
  const isKept = (line: string): boolean =>
    !line.includes(ours) && (!FRAME.test(line) || ++frames <= limit);
  error.stack = lines.filter(isKept).join('\n');
}

/**
 * The folder of our functions, as it appears in a stack: in a URL or, with other loaders, in a path. In a bundle, the application's
 * functions are in the same file, or their place is unknown: then nothing is hidden.
 */
function ownFolder(): string {
  const url: string | undefined = import.meta.url;
  const folder = url === undefined ? '' : new URL('.', url).pathname;
  return /\/(auto|stdout-hook)\/(dist|src)\/$/.test(folder) ? folder : '\0';
}
