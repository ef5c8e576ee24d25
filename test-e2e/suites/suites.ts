/** The suites: packages whose own tests can be had, in which version, and how these are run. */
import type { DebianSource } from '../environment/debian-packages.ts';
import { jest, mocha, nodeTest, programs, REPORTED, type Runner } from './runners.ts';

/** The tests of one package, or of Node. */
export interface Suite {
  readonly name: string;
  /** The folder of `pinned-packages` that has the package and what its tests need. */
  readonly packages: 'logger-suites' | 'suites';
  /** Where the tests come from if the package has none: the source package of Debian, with the files to take from it. */
  readonly debian?: DebianSource;
  /** The major version of Node. Default: that which runs the comparison. */
  readonly nodeMajor?: 20;
  /** Which files have tests. */
  readonly files: RegExp;
  /** Those of them that are left out, and why. */
  readonly without?: { readonly files: RegExp; readonly why: string };
  /** Those that run in `npm test` too. */
  readonly quick?: RegExp;
  readonly runner: Runner;
}

/** All of them. */
export const SUITES: readonly Suite[] = [
  {
    name: 'pino',
    packages: 'logger-suites',
    files: /^test\/.*\.test\.m?js$/,
    without: { files: /big\.test\.js$/, why: 'it writes eight million lines' },
    quick: /^test\/(basic|multistream|hooks|stdout-protection)\.test\.js$/,
    runner: nodeTest(),
  },
  {
    // The last version with tests: those of its transports.
    name: 'winston',
    packages: 'logger-suites',
    files: /^test\/transports\/(console|stream|http)\.test\.js$/,
    quick: /./,
    runner: mocha('--timeout=20000'),
  },
  { name: 'sonic-boom', packages: 'suites', files: /^test\/[^/]+\.test\.js$/, runner: nodeTest() },
  {
    name: 'thread-stream',
    packages: 'suites',
    files: /^test\/[^/]+\.test\.m?js$/,
    without: {
      files: /(bench|bundlers|string-limit.*)\.test\.js$/,
      why: 'they measure, bundle, or need more memory than a test machine has',
    },
    runner: nodeTest('--expose-gc'),
  },
  {
    name: 'pino-pretty',
    packages: 'suites',
    files: /^(test|lib)\/.*\.test\.js$/,
    runner: nodeTest(),
  },
  { name: 'pino-http', packages: 'suites', files: /^test\/test\.js$/, runner: nodeTest() },
  { name: 'fastify', packages: 'suites', files: /^test\/.*\.test\.m?js$/, runner: nodeTest() },
  {
    name: 'express',
    packages: 'suites',
    debian: { name: 'node-express', release: 'bookworm', paths: ['test', 'examples'] },
    files: /^test\/(acceptance\/)?[^/]+\.js$/,
    runner: mocha('--require=test/support/env', '--check-leaks'),
  },
  {
    name: 'commander',
    packages: 'suites',
    debian: { name: 'node-commander', release: 'trixie', paths: ['tests'] },
    files: /^tests\/[^/]+\.test\.m?js$/,
    runner: jest,
  },
  {
    name: 'yargs',
    packages: 'suites',
    debian: { name: 'node-yargs', release: 'trixie', paths: ['test', 'package.json'] },
    // Of the others each is required by these.
    files: /^test\/(?!before|helpers)[^/]+\.cjs$/,
    runner: mocha('--require=./test/before.cjs', '--timeout=20000', '--check-leaks'),
  },
  {
    // The last version whose package has tests.
    name: 'bunyan',
    packages: 'suites',
    files: /^test\/[^/]+\.test\.js$/,
    runner: programs(REPORTED, '../node_modules/.bin/nodeunit', '--reporter=verbose'),
  },
  {
    name: 'log4js',
    packages: 'suites',
    debian: { name: 'node-log4js', release: 'trixie', paths: ['test'] },
    files: /^test\/tap\/[^/]+-test\.js$/,
    without: {
      files: /file-descriptor-leak-test\.js$/,
      why: 'it counts the descriptors of the process, of which some are ours',
    },
    runner: programs(REPORTED),
  },
  {
    name: 'Node: console, stdio, workers, processes',
    packages: 'suites',
    debian: { name: 'nodejs', release: 'trixie', paths: ['test'] },
    nodeMajor: 20,
    files: /^test\/parallel\/test-(console|stdio|stdout|stderr|worker|process)[^/]*\.m?js$/,
    // What they print beside is in any order.
    runner: programs(undefined),
  },
];
