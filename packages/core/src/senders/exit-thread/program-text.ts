/** The program of the thread, `program.ts`, bundled into a string: a thread that needs no file works in every bundle. */
export declare const PROGRAM: string;
