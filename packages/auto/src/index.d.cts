/** The type of the file that is made from `index.ts`. */
export { registration } from './index.ts';
