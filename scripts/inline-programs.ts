/** A plugin of bundler and tests that puts the program of a thread into a string. */
import { type Plugin, rolldown } from 'rolldown';

/** `program-text.ts` becomes a module whose `PROGRAM` is `program.ts` with all that it imports. */
export const inlinePrograms: Plugin = {
  name: 'inline-programs',
  load: {
    filter: { id: /program-text\.ts$/ },
    async handler(id) {
      const build = await rolldown({ input: id.replace('-text.ts', '.ts'), platform: 'node' });
      const { output } = await build.generate({ format: 'cjs', minify: true, comments: false });
      await build.close();
      const [{ code }] = output;
      return { code: `export const PROGRAM = ${JSON.stringify(code)};`, moduleType: 'js' };
    },
  },
};
