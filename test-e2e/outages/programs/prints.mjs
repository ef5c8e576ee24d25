// Prints the texts of the file that TEXTS names, each between two lines of its own.
import { readFileSync } from 'node:fs';

for (const [at, text] of JSON.parse(readFileSync(process.env.TEXTS, 'utf8')).entries()) {
  console.log(`before ${at}`);
  console.log(text);
  console.log(`after ${at}`);
}
