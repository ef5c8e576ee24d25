// Prints 100 lines that end with its TAG, at SIGUSR2 3,000 more, and ends at once in the way its argument says.
const [, , way] = process.argv;
const { TAG } = process.env;
const alive = setInterval(() => {}, 60_000);

log('before', 100);
process.on('SIGUSR2', () => {
  log('after', 3_000);
  if (way === 'exit') process.exit(3);
  process.exitCode = 3;
  clearInterval(alive);
});

function log(when, lines) {
  for (let line = 1; line <= lines; line++) console.log(`${when} ${line} ${TAG}`);
}
