/** Refunds orders, and fails at it: what is logged before an error, and the error itself, must not be lost. */

/** Throws: the invocation fails. */
export async function handler({ order }) {
  console.info(`Refund of order ${order} requested`);
  console.error('The bank does not answer');
  throw new Error(`Order ${order} cannot be refunded`);
}
