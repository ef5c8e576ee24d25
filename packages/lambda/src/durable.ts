/** What the event of a durable function tells: the execution of an invocation, and whether the handler runs again. Pure. */
import type { RecordContext } from '@direct-logging/core';

/** Ids of a durable execution. */
export type DurableIds = Pick<RecordContext, 'durable_execution_arn' | 'durable_resumed'>;

/** The SDK recognizes a durable function by these two. In the event, what the caller passed is text with escaped quotes. */
const ARN = /"DurableExecutionArn"\s*:\s*"([^"\\]{1,1024})"/;
const TOKEN = /"CheckpointToken"\s*:\s*"/;
/** The first operation is the execution itself. If others follow it, the handler runs again from its beginning. */
const FURTHER_OPERATION = /"Type"\s*:\s*"(?!EXECUTION")[A-Z_]+"/;

/** Empty for any other function. */
export function durableIdsOf(event: string | undefined): DurableIds {
  const arn = event === undefined ? undefined : ARN.exec(event)?.[1];
  if (event === undefined || arn === undefined || !TOKEN.test(event)) return {};
  return { durable_execution_arn: arn, durable_resumed: FURTHER_OPERATION.test(event) };
}
