/** Takes orders: an AWS Lambda function behind API Gateway. It logs with `console` and does not know where that goes. */

const PRICES = new Map([
  ['tea-green-100', { cents: 890, stock: 120 }],
  ['tea-black-250', { cents: 1250, stock: 3 }],
]);

console.info(`Price list loaded: ${PRICES.size} articles`);

/** Answers `POST /orders` with the order and its total. */
export async function handler(event, context) {
  const { sourceIp } = event.requestContext.identity;
  console.info(`${event.httpMethod} ${event.path} from ${sourceIp}`);
  try {
    const order = priced(JSON.parse(event.body));
    console.log(
      JSON.stringify({
        level: 'info',
        message: 'Order accepted',
        orderId: context.awsRequestId,
        ...order,
      }),
    );
    return answer(201, order);
  } catch (error) {
    console.error('Order refused:', error);
    return answer(422, { reason: error.message });
  }
}

function priced({ customer, lines }) {
  console.debug('Lines of the order:', lines);
  console.log({ customer, articles: lines.length });
  let cents = 0;
  for (const { article, quantity } of lines) {
    const offer = PRICES.get(article);
    if (!offer) throw new RangeError(`There is no article ${article}`);
    if (offer.stock < quantity)
      console.warn(`Only ${offer.stock} of ${article} left, ${quantity} ordered`);
    cents += offer.cents * quantity;
  }
  return { customer, total: cents / 100, currency: 'EUR' };
}

function answer(statusCode, body) {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
