/** For Wherry's own packages and tests alone. */
export { type BasicServerCall, ObservedCall } from './observe-server-call.js';
export { observeServerCallTogether } from './observe-together.js';
export { openWorker } from './worker.js';
