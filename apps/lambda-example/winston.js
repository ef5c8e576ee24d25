/** Sends parcels. It logs with winston, as JSON on the console. */
import { createLogger, format, transports } from 'winston';

const logger = createLogger({
  level: 'debug',
  format: format.combine(format.errors({ stack: true }), format.json()),
  defaultMeta: { service: 'parcels' },
  transports: [new transports.Console()],
});

logger.info('Carriers loaded', { carriers: 3 });

/** Answers `{ order, grams, country }` with the carrier. */
export async function handler({ order, grams, country }) {
  const parcel = logger.child({ order });
  parcel.info('Parcel weighed', { grams });
  if (grams > 20_000) parcel.warn('Parcel is heavy', { grams });
  const carrier = country === 'DE' ? 'post' : 'world-express';
  parcel.info(`Parcel goes with ${carrier}`, { country });
  return { order, carrier };
}
