/** Refunds orders, and always fails: neither the error nor what is logged before it must be lost. */

/** Throws: the invocation fails. */
export async function handler({ order }) {
  console.info(`Refund of order ${order} requested`);
  console.error('The bank does not answer');
  throw new Error(`Order ${order} cannot be refunded`);
}
