/** For Wherry's own packages and tests alone. */
export { openChannel } from './channel.js';
export { observeCallTogether } from './observe-together.js';
export { ServedServices } from './served-services.js';
