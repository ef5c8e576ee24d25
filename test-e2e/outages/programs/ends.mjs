// Prints 100 lines, WAIT_MS later one more, and ends in the way its argument says.
const [, , way] = process.argv;

for (let line = 1; line <= 100; line++) console.log(`line ${line}`);
setTimeout(() => {
  console.log('last line');
  if (way === 'exit') process.exit(3);
  process.exitCode = 3;
}, Number(process.env.WAIT_MS));
