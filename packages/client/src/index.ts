export { createChannel, type WherryChannel } from './channel.js';
export type { ChannelOptions } from './channel-options.js';
export type {
  HedgingPolicyConfig,
  MethodConfig,
  MethodName,
  RetryPolicyConfig,
  RetryThrottlingConfig,
  ServiceConfig,
} from './service-config.js';
