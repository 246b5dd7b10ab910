export { createChannel, type WherryChannel } from './channel.js';
export type { ChannelOptions } from './channel-options.js';
export type { ServedServices } from './served-services.js';
