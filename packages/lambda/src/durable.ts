/** What the event of a durable function tells: the execution of an invocation, and whether the handler runs again. Pure. */
import { parseJson, type RecordContext } from '@direct-logging/core';

export type DurableIds = Pick<RecordContext, 'durable_execution_arn' | 'durable_resumed'>;

const ARN = /^[^"\\]{1,1024}$/;
/** The first operation is the execution itself. If others follow it, the handler runs again from its beginning. */
const FURTHER_OPERATION = /"Type"\s*:\s*"(?!EXECUTION")[A-Z_]+"/;

/** Empty for any other function. */
export function durableIdsOf(event: string | undefined): DurableIds {
  // Other events are not parsed. Their queries and headers may have such names, too, but not at the top.
  if (!event?.includes('"DurableExecutionArn"')) return {};
  const top = parseJson(event) as Record<string, unknown> | undefined;
  // The SDK recognizes a durable function by these two.
  const { DurableExecutionArn: arn, CheckpointToken: token } = { ...top };
  if (typeof arn !== 'string' || !ARN.test(arn) || typeof token !== 'string') return {};
  // What the caller passed is text with escaped quotes.
  return { durable_execution_arn: arn, durable_resumed: FURTHER_OPERATION.test(event) };
}
