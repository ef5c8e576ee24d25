import { expect, it } from 'vitest';
import { lineWriters } from '../../src/writers/all.ts';

it('follows only who prints in this process', () => {
  const others = lineWriters({}).length;
  expect(lineWriters({ AWS_LAMBDA_RUNTIME_API: 'localhost' })).toHaveLength(others + 1);
  expect(lineWriters({ NODE_TEST_CONTEXT: 'child-v8' })).toHaveLength(others + 1);
});

it('reports of `node --test` are no output', () => {
  const [reporter] = lineWriters({ NODE_TEST_CONTEXT: 'child-v8' });
  expect(reporter?.isProtocol?.(Buffer.from([0xff, 0x0f, 0, 0, 0, 9, 0xff, 0x0f, 1]))).toBe(true);
  expect(reporter?.isProtocol?.(Buffer.from('text, as a test prints'))).toBe(false);
});
