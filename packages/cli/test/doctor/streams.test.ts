import { expect, it } from 'vitest';
import { checkStreams } from '../../src/doctor/streams.ts';

const metrics = (streams: number, lines: number) =>
  [
    'vm_app_version{version="v1"} 1',
    `vl_rows_ingested_total{type="jsonline"} ${lines - 5}`,
    'vl_rows_ingested_total{type="internalinsert"} 5',
    `vl_streams_created_total ${streams}`,
    '',
  ].join('\n');

it.each([
  ['a server with few streams', metrics(9_999, 20_000)],
  ['streams with many lines', metrics(20_000, 20_000_000)],
  ['an insert node, which does not tell', metrics(0, 1_000_000)],
  ['a proxy that hides the metrics', ''],
])('says nothing about %s', (_, text) => {
  expect(checkStreams(text)).toEqual([]);
});

it('reads through a megabyte of metrics without an end of labels', () => {
  expect(checkStreams('vl_rows_ingested_total{\n'.repeat(200_000))).toEqual([]);
});

it('warns of streams that come and go', () => {
  expect(checkStreams(metrics(80_000, 4_000_000))).toMatchObject([
    {
      name: 'streams',
      verdict: 'warn',
      finding: expect.stringContaining('80,000 streams, with 50 lines in each'),
      next: expect.stringContaining('VICTORIALOGS_STREAM_FIELDS=job,stream'),
    },
  ]);
});
