import { expect, it } from 'vitest';
import { showDrain } from '../src/show-drain.ts';

const ALL = {
  files: 2,
  delivered: 2_000,
  guessed: 0,
  truncated: 0,
  refused: 0,
  left: 0,
  untaken: 0,
  others: 0,
};

it.each([
  [ALL, /^2 files: 2000 lines delivered, 0 truncated, 0 left\.\n$/],
  [{ ...ALL, files: 1, delivered: 1 }, /^1 file: 1 line delivered/],
  [{ ...ALL, guessed: 9 }, /^2 files: 2000 lines sent, .*\n9 lines got the present time/],
  [{ ...ALL, truncated: 3 }, /, 3 truncated, 0 left\.\nTruncated lines were written in part/],
  [{ ...ALL, refused: 2 }, /left\.\n2 lines the server does not take; they are lost\.\n$/],
  [{ ...ALL, left: 7 }, /, 7 left\.\nWhat is left stays in the directory/],
  [{ ...ALL, others: 1 }, /left\.\n1 file for another server or tenant/],
  [{ ...ALL, untaken: 2 }, /left\.\n2 files could not be taken over: .*user/],
  [{ ...ALL, left: Number.POSITIVE_INFINITY }, /, some left\./],
])('says what became of a spool: %o', (result, expected) => {
  expect(showDrain(result)).toMatch(expected);
});
