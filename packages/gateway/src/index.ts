export { createEgress, type Egress, type EgressOptions } from './egress.js';
export { createGateway, type Gateway, type GatewayOptions } from './gateway.js';
export type { GatewayLimits } from './gateway-limits.js';
export type { EgressInstrumentation, GatewayInstrumentation } from './instrumentation.js';
export type { OwnServicesOptions } from './own-services.js';
export { type RelayOptions, relayTo, waitForReadyKey } from './relay.js';
