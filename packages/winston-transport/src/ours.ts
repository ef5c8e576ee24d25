/** How a transport of ours is known, also one of another copy of this package, without loading its base class. */

/** Stands on every transport that ships what it takes. */
export const OURS: unique symbol = Symbol.for('@direct-logging/winston-transport');
