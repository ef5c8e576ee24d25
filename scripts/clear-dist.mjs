/** Before a build: a file that an earlier one has left would hide that nothing makes it any more. */
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
