/**
 * `node scripts/count-lines.ts [COMMIT]`: the lines of source of each package and of the lock files. With a commit, also the lines
 * that it had and that are gone since. A line that has only moved is not gone.
 */
import { execFileSync } from 'node:child_process';

/** The lines of each file, by its path. */
type Tree = ReadonlyMap<string, readonly string[]>;

const SOURCE = /^packages\/([^/]+)\/src\//;
const LOCK = /(^|\/)package-lock\.json$/;

const [base] = process.argv.slice(2);
const now = read('HEAD');
const before = base === undefined ? undefined : read(base);
const packages = new Set([...now.keys(), ...(before?.keys() ?? [])].map(packageOf));
for (const name of [...packages].filter((one) => one !== undefined).sort()) {
  show(name, (path) => packageOf(path) === name);
}
show('all packages', (path) => SOURCE.test(path));
show('lock files', (path) => LOCK.test(path));
if (before !== undefined) {
  const had = linesOf(before).filter((line) => line !== '');
  const gone = countGone(had, linesOf(now));
  const share = ((100 * gone) / had.length).toFixed(1);
  console.log(`${gone} of ${had.length} lines that are not blank are gone (${share} %)`);
}

function show(name: string, counts: (path: string) => boolean): void {
  const sum = (tree: Tree) =>
    [...tree].reduce((total, [path, lines]) => total + (counts(path) ? lines.length : 0), 0);
  const was = before === undefined ? '' : `${sum(before)} → `;
  console.log(`${name}: ${was}${sum(now)}`);
}

function packageOf(path: string): string | undefined {
  return SOURCE.exec(path)?.[1];
}

function read(commit: string): Tree {
  const paths = git('ls-tree', '-r', '--name-only', commit).split('\n');
  const read = paths.filter((path) => SOURCE.test(path) || LOCK.test(path));
  return new Map(
    read.map((path) => [path, git('show', `${commit}:${path}`).split('\n').slice(0, -1)]),
  );
}

/** Of the source files, without indentation, which changes when a line moves. */
function linesOf(tree: Tree): string[] {
  const sources = [...tree].filter(([path]) => SOURCE.test(path));
  return sources.flatMap(([, lines]) => lines.map((line) => line.trim()));
}

function countGone(had: readonly string[], has: readonly string[]): number {
  const left = new Map<string, number>();
  for (const line of has) left.set(line, (left.get(line) ?? 0) + 1);
  return had.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  }).length;
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
}
