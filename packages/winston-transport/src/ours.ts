/** Marks our transports, so that all copies of this package know them without loading their base class. */

/** Set on every transport that ships what it takes. */
export const OURS: unique symbol = Symbol.for('@direct-logging/winston-transport');
