/** A function that cannot be loaded. */
console.warn('the settings are not there');
throw new Error('No settings');
