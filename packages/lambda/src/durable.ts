/** What the event of a durable function tells: which execution an invocation belongs to, and whether it repeats. Pure. */
import type { RecordContext } from '@direct-logging/core';

/** Ids of a durable execution. */
export type DurableIds = Pick<RecordContext, 'durable_execution_arn' | 'durable_resumed'>;

/** The SDK tells a durable function by these two. What the caller passed stands in the event as text, with its quotes escaped. */
const ARN = /"DurableExecutionArn"\s*:\s*"([^"\\]{1,1024})"/;
const TOKEN = /"CheckpointToken"\s*:\s*"/;
/** The first operation is the execution itself; with others behind it the handler runs again from its beginning. */
const FURTHER_OPERATION = /"Type"\s*:\s*"(?!EXECUTION")[A-Z_]+"/;

/** Nothing for any other function. */
export function durableIdsOf(event: string | undefined): DurableIds {
  const arn = event === undefined ? undefined : ARN.exec(event)?.[1];
  if (event === undefined || arn === undefined || !TOKEN.test(event)) return {};
  return { durable_execution_arn: arn, durable_resumed: FURTHER_OPERATION.test(event) };
}
