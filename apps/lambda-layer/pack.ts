/** `npm run layer`: packs the layer from the built packages into `dist/`, as a ZIP file and laid out for an image. */
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layOut, packLayer, zipOf } from './layer.ts';

const OPT = fileURLToPath(new URL('dist/opt/', import.meta.url));
const ZIP = fileURLToPath(new URL('dist/direct-logging-layer.zip', import.meta.url));

const files = await packLayer();
await layOut(files, OPT);
const zip = zipOf(files);
await writeFile(ZIP, zip);

const unpacked = [...files.values()].reduce((sum, { length }) => sum + length, 0);
console.log(`${relative('', ZIP)}: ${kilobytes(zip.length)}, ${kilobytes(unpacked)} unpacked`);
console.log(`${relative('', OPT)}: the same files, for an image`);

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
