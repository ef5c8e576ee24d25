/** Puts what the long runs measured into the documentation: `npm run test:matrix`, then `node test-e2e/write-tables.ts`. */
import { writeIntoDocs } from './environment/docs-tables.ts';
import { faultTables } from './fleet/tables.ts';
import { killMatrixTables } from './kill-matrix/tables.ts';
import { lambdaMatrixTable } from './lambda-matrix/tables.ts';
import { outageTables } from './outages/tables.ts';
import { platformTable } from './platforms/tables.ts';

await writeIntoDocs('evidence/terminations.md', 'kill matrix', killMatrixTables());
await writeIntoDocs('evidence/outages.md', 'outages', outageTables());
await writeIntoDocs('evidence/lambda.md', 'lambda matrix', lambdaMatrixTable());
await writeIntoDocs('platforms.md', 'platforms', platformTable());
await writeIntoDocs('fleet.md', 'faults', faultTables());
