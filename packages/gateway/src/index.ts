export { createGateway, type Gateway, type GatewayOptions } from './gateway.js';
export type { OwnServicesOptions } from './own-services.js';
export { type RelayOptions, relayTo, waitForReadyKey } from './relay.js';
