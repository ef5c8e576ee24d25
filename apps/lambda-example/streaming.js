/** Exports orders as CSV, row by row, as a streamed answer (function URLs with RESPONSE_STREAM). */

export const handler = awslambda.streamifyResponse(async ({ rows }, response, context) => {
  response.setContentType('text/csv');
  console.info(`Export ${context.awsRequestId} begins`);
  response.write('order,total\n');
  for (let row = 1; row <= rows; row += 1) {
    response.write(`${row},${(row * 8.9).toFixed(2)}\n`);
    console.info(`Row ${row} of ${rows} written`);
  }
  response.end();
  console.info('Export is complete');
});
