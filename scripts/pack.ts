/**
 * Packs what is published, as it is built: `node scripts/pack.ts FOLDER`, or `npm run pack`. Prints the command that installs it.
 * The release publishes these files and builds nothing.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PACKAGES = join(ROOT, 'packages');
const target = resolve(process.argv[2] ?? 'packed');

mkdirSync(target, { recursive: true });
const ordered = inOrder(manifests());
const workspaces = ordered.flatMap(({ name }) => ['--workspace', name]);
const flags = [...workspaces, '--pack-destination', target, '--json', '--ignore-scripts'];
const files = JSON.parse(npm(['pack', ...flags])) as { name: string; filename: string }[];
for (const { name, filename } of files) {
  const at = ordered.findIndex((manifest) => manifest.name === name) + 1;
  renameSync(join(target, filename), join(target, `${String(at).padStart(2, '0')}-${filename}`));
}
writeFileSync(join(target, 'sbom.cdx.json'), billOfMaterials());
const sums = readdirSync(target)
  .sort()
  .map((name) => {
    const hash = createHash('sha256').update(readFileSync(join(target, name)));
    return `${hash.digest('hex')}  ${name}\n`;
  });
writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));
console.log(`npm install ${join(target, '*.tgz')}`);

function manifests(): Manifest[] {
  const read = (folder: string): Manifest =>
    JSON.parse(readFileSync(join(PACKAGES, folder, 'package.json'), 'utf8'));
  return readdirSync(PACKAGES)
    .map(read)
    .filter((manifest) => manifest.private !== true);
}

/** Each behind those that it depends on, so that whatever is on npm can be installed. */
function inOrder(unordered: readonly Manifest[]): Manifest[] {
  const ordered = new Set<Manifest>();
  const add = (manifest: Manifest): void => {
    const needed = Object.keys(manifest.dependencies ?? {});
    for (const other of unordered) if (needed.includes(other.name)) add(other);
    ordered.add(manifest);
  };
  unordered.forEach(add);
  return [...ordered];
}

/** Of what somebody has who installs all of them: npm cannot leave out what only the tests of a workspace need. */
function billOfMaterials(): string {
  const folder = mkdtempSync(join(tmpdir(), 'direct-logging-sbom-'));
  try {
    const packed = readdirSync(target).map((name) => join(target, name));
    writeFileSync(
      join(folder, 'package.json'),
      '{"name":"direct-logging-packages","version":"0.0.0"}',
    );
    npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packed], folder);
    return npm(['sbom', '--sbom-format=cyclonedx'], folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function npm(args: readonly string[], cwd = ROOT): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}
