export type { MethodOptions } from '@wherry/wire';
export { createChannel, type WherryChannel } from './channel.js';
export type { ChannelOptions } from './channel-options.js';
export type {
  CallObserver,
  CallPropagator,
  ChannelObserver,
  ClientInstrumentation,
  InstrumentedChannel,
  MadeCall,
} from './instrumentation.js';
export { observeCall } from './observe-call.js';
export { orderingFieldKey } from './ordering.js';
export type { ServedServices } from './served-services.js';
export type {
  HedgingPolicyConfig,
  MethodConfig,
  MethodName,
  RetryPolicyConfig,
  RetryThrottlingConfig,
  ServiceConfig,
} from './service-config.js';
