/** What code blocks of the pages need to run: a server, and a project with our packages and the loggers. */
import { afterAll, beforeAll } from 'vitest';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';

/** Their names and versions. */
export const LOGGERS = { pino: '10.4.0', winston: '3.19.0' };

/** Ready while the tests of the calling file or suite run. */
export interface WithLoggers {
  readonly server: VictoriaLogs;
  readonly project: ScratchProject;
}

/** Starts both before the tests of the file or suite that calls it, and removes them after these. */
export function withLoggers(ready: (what: WithLoggers) => void): void {
  let server: VictoriaLogs | undefined;
  let project: ScratchProject | undefined;
  beforeAll(async () => {
    server = await startVictoriaLogs();
    project = await scratchProject({ dependencies: LOGGERS });
    ready({ server, project });
  });
  afterAll(async () => {
    await project?.remove();
    await server?.stop();
  });
}
