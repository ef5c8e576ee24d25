/** `npm run picture`: runs the program of the README's picture, and draws what it printed and what arrived. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drawKilled } from './draw-killed.ts';
import { runKilled } from './killed-run.ts';

const PICTURE = fileURLToPath(new URL('../../docs/images/killed.svg', import.meta.url));

await writeFile(PICTURE, drawKilled(await runKilled()));
console.log(PICTURE);
