/** Finds where a source gives a function of ours to Node, the program or another package, which call it later. */
import { parseAst } from 'rolldown/parseAst';

/** The position of the callback in the arguments of what takes it. */
const TAKES: Readonly<Record<string, number>> = {
  ...{ addListener: 1, on: 1, once: 1, prependListener: 1, prependOnceListener: 1 },
  ...{ nextTick: 0, queueMicrotask: 0, setImmediate: 0, setInterval: 0, setTimeout: 0 },
  watchChannel: 1,
};

/** What a promise is settled with cannot throw. The others are guards. */
const SAFE = /^(?:resolve|reject|(?:this\.)?#?attempt|guarded)$/;

// biome-ignore lint/suspicious/noExplicitAny: a node of any kind
type Node = any;

/** Each unguarded entry, as `on('data', …)`. */
export function unguardedEntries(source: string): string[] {
  const nodes = [...nodesIn(parseAst(source, { lang: 'ts' }))];
  const guards = new Set<string>();
  for (const { type, id, init } of nodes) {
    if (type === 'VariableDeclarator' && isSafe(init, guards)) guards.add(id.name);
  }
  return nodes
    .filter(({ type, callee }) => type === 'CallExpression' && nameOf(callee) in TAKES)
    .filter(({ callee, arguments: args }) => {
      const name = nameOf(callee);
      // That of a request or socket.
      const isMethod = name === 'setTimeout' && callee.type === 'MemberExpression';
      const callback = args[isMethod ? 1 : (TAKES[name] as number)];
      return callback !== undefined && !isSafe(callback, guards);
    })
    .map(({ start }) => source.slice(start, start + 60).split('\n')[0] as string);
}

/** What runs the function whose place is taken. */
const RUNS_ORIGINAL = /^(?:apply|construct|call|callWithoutOwnFrames)$/;

/**
 * What may throw from a function that takes the place of one of the program's: each call there that neither runs the original nor is
 * inside `attempt` or a `try` with a `catch`.
 */
export function callsInHooks(source: string): string[] {
  const nodes = [...nodesIn(parseAst(source, { lang: 'ts' }))];
  const methods = nodes.filter(({ type }) => type === 'MethodDefinition' || type === 'Property');
  const ownMethods = methods.filter((node) => !takesPlace(node)).map(({ value }) => value);
  return nodes
    .filter((node) => node.type === 'FunctionExpression' && !ownMethods.includes(node))
    .flatMap(({ body }) => [...callsIn(body)])
    .map(({ callee }) => nameOf(callee))
    .filter((name) => !RUNS_ORIGINAL.test(name) && !SAFE.test(name));
}

/** A method that is put on an object of the program, or a trap of a proxy. The other methods are called by ourselves. */
function takesPlace({ key, value }: Node): boolean {
  return value?.params?.[0]?.name === 'this' || key?.name === 'construct';
}

/** Calls that are not caught. Functions inside are looked at on their own. */
function* callsIn(node: Node): Generator<Node> {
  if (typeof node !== 'object' || node === null || /Function/.test(node.type)) return;
  if (node.type === 'CallExpression' || node.type === 'NewExpression') yield node;
  const isCaught = node.type === 'TryStatement' && node.handler !== null;
  for (const child of Object.values(isCaught ? { ...node, block: undefined } : node)) {
    yield* callsIn(child);
  }
}

function isSafe(node: Node, guards: ReadonlySet<string>): boolean {
  if (node?.type === 'TSAsExpression') return isSafe(node.expression, guards);
  if (node?.type === 'Identifier') return SAFE.test(node.name) || guards.has(node.name);
  if (node?.type === 'CallExpression') return SAFE.test(nameOf(node.callee));
  // `() => attempt(…)`, and a listener that does nothing.
  if (node?.type !== 'ArrowFunctionExpression') return false;
  const { body } = node;
  return body.type === 'BlockStatement' ? body.body.length === 0 : isSafe(body, guards);
}

function nameOf(callee: Node): string {
  if (callee.type !== 'MemberExpression') return callee.name ?? '';
  const { property } = callee;
  return property.type === 'PrivateIdentifier' ? `#${property.name}` : (property.name ?? '');
}

function* nodesIn(node: Node): Generator<Node> {
  if (typeof node?.type === 'string') yield node;
  if (typeof node !== 'object') return;
  for (const child of Object.values(node ?? {})) yield* nodesIn(child);
}
