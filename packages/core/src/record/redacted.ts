/** What stands in a text for everything that must not be shown. */
export const REDACTED = '***';
