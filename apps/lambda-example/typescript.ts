/** Puts articles from a queue into the stock. Written in TypeScript: `tsc` compiles it to `dist/typescript.js`. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

interface Delivery {
  readonly article: string;
  readonly quantity: number;
}

const stock = new Map<string, number>();

console.info('Stock is empty');

/** Answers with the messages that must be delivered again. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  console.info(`${Records.length} deliveries`);
  return { batchItemFailures: Records.filter(isRefused).map(toFailure) };
}

function isRefused({ messageId, body }: SQSRecord): boolean {
  const { article, quantity }: Delivery = JSON.parse(body);
  if (quantity <= 0) {
    console.warn(`Delivery ${messageId} has ${quantity} of ${article}`);
    return true;
  }
  stock.set(article, (stock.get(article) ?? 0) + quantity);
  console.info(`${quantity} of ${article} put into the stock`);
  return false;
}

function toFailure({ messageId }: SQSRecord): { itemIdentifier: string } {
  return { itemIdentifier: messageId };
}
