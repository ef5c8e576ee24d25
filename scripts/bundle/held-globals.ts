/** A plugin of the bundler that gives each source what `held.ts` holds, in place of Node's modules and the globals. */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import * as heldNames from '../../packages/core/src/process/held.ts';

const HELD_SOURCE = fileURLToPath(
  new URL('../../packages/core/src/process/held.ts', import.meta.url),
);
const HELD: ReadonlyMap<string, object> = new Map(Object.entries(heldNames));
const HELD_IMPORT = /^import (?!type )(\w+|\{[^}]+\}) from 'node:(fs|net)';$/gm;

/**
 * Gives each source what `held.ts` holds in place of the globals, so that no source can forget to. The preload's own entries
 * run before the program does, and one of them on versions of Node that we do not support.
 */
export const held: Plugin = {
  name: 'held',
  transform: {
    filter: { id: { include: /\.ts$/, exclude: /\/(auto|cli)\/src\/|\/process\/held\.ts$/ } },
    handler: (code, id) => ({ code: withHeld(code, id), map: null }),
  },
};

function withHeld(source: string, id: string): string {
  const used = new Set<string>();
  const code = source.replace(HELD_IMPORT, (line, names: string, module: string) => {
    used.add(module);
    if (names === module) return line.replace(/./g, ' ');
    const members = names.slice(1, -1).replaceAll(/type \w+,?/g, '');
    for (const name of members.split(',')) if (name.trim() !== '') check(id, module, name.trim());
    return `const {${members}} = ${module};`;
  });
  const places: number[] = [];
  for (const node of nodesIn(parseAst(code, { lang: 'ts' }))) {
    if (node.type === 'Identifier' && HELD.has(node.name)) used.add(node.name);
    if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') continue;
    const { object, property } = node;
    if (object.name === 'process' && property.name in heldNames.heldProcess) {
      used.add('heldProcess');
      places.push(object.start);
    } else if (HELD.has(object.name) && object.name !== 'process') {
      check(id, object.name, property.name);
    }
  }
  // Behind the code: no line moves, and the first comment stays the first.
  const names = [...used].join();
  return `${replaceAt(code, places, 'process', 'heldProcess')}\nimport { ${names} } from '${HELD_SOURCE}';`;
}

function check(id: string, object: string, member: string): void {
  const known = HELD.get(object);
  if (known === undefined || member in known) return;
  throw new Error(`${id} uses ${object}.${member}, which packages/core/src/process/held.ts lacks`);
}

/** Replaces a word at each of these places. */
function replaceAt(text: string, places: readonly number[], from: string, to: string): string {
  let end = 0;
  const parts = [...places]
    .sort((a, b) => a - b)
    .map((at) => {
      const part = text.slice(end, at) + to;
      end = at + from.length;
      return part;
    });
  return parts.join('') + text.slice(end);
}

// biome-ignore lint/suspicious/noExplicitAny: a node of any kind
function* nodesIn(node: any): Generator<any> {
  if (typeof node?.type === 'string') yield node;
  if (typeof node !== 'object') return;
  for (const child of Object.values(node ?? {})) yield* nodesIn(child);
}
