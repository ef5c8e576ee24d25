/** A function for the unhappy cases: each export goes wrong in its own way. */
console.log('unlucky is loaded');

export async function throws({ reason }) {
  console.log('about to throw');
  throw new RangeError(reason);
}

export async function exits({ status }) {
  for (let n = 1; n <= 100; n++) console.log(`line ${n}`);
  process.exit(status);
}

export async function isChatty({ lines }) {
  for (let n = 1; n <= lines; n++) console.log(`line ${n}`);
  return 'done';
}
