/** The AWS Lambda runtime: ids of the invocation on every record, and a flush before the environment can freeze. @lazy lambda */
export { lambdaIntegration } from './integration.ts';
export { type InvokingClient, propagateTraceId } from './propagation.ts';
