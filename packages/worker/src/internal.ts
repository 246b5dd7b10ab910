/** For Wherry's own packages and tests alone. */
export { observeServerCallTogether } from './observe-together.js';
export { openWorker } from './worker.js';
