/** What a bundler takes: the preload as `--require` loads it. A top-level `await` does not fit into every format of bundle. */
export { registration } from './index.cjs';
