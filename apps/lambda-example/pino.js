/** Takes payments. It logs with pino, as JSON lines on stdout. */
import pino from 'pino';

const logger = pino({ base: { service: 'payments' } });

logger.info({ methods: ['card', 'sepa'] }, 'Payments are open');

/** Answers `{ order, cents, method }`: whether the payment was taken. */
export async function handler({ order, cents, method }) {
  const payment = logger.child({ order });
  payment.info({ cents, method }, 'Payment requested');
  try {
    return { order, taken: charge(cents, method) };
  } catch (error) {
    payment.error(error, 'Payment refused');
    return { order, taken: false, reason: error.message };
  }
}

function charge(cents, method) {
  if (cents > 500_00) logger.warn({ cents }, 'Large payment');
  if (method === 'cash') throw new TypeError('Cash cannot be sent over the internet');
  return true;
}
