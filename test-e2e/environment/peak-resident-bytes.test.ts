import { expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

const MB = 1_000_000;

it('is what a program itself had, not what its parent had', async () => {
  const large = Buffer.alloc(300 * MB, 1);
  const module = new URL('peak-resident-bytes.mjs', import.meta.url).href;
  const script = `import { peakResidentBytes } from '${module}'; console.log(peakResidentBytes())`;
  const { stdout } = await runProgram({ args: ['--input-type=module', '-e', script] });
  expect(Number(stdout)).toBeGreaterThan(20 * MB);
  expect(Number(stdout)).toBeLessThan(large.length * 0.7);
});
