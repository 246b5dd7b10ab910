export { createChannel, type WherryChannel } from './channel.js';
export type { ChannelOptions } from './channel-options.js';
export type { MethodOptions } from './method-catalog.js';
export type { ServedServices } from './served-services.js';
