import type { Server } from '@grpc/grpc-js';
import type { WherryChannel } from '@wherry/client';
import { Health } from './health.js';
import { Reflection } from './reflection.js';

/** Which services the gateway answers itself. */
export interface OwnServicesOptions {
  /**
   * Whether it answers `grpc.reflection.v1` and `v1alpha` with what is served now. With false such calls go to workers, as
   * all others do. Default true.
   */
  readonly reflection?: boolean | undefined;
  /**
   * Whether it answers `grpc.health.v1` for itself (the empty name) and for every service. With false such calls go to
   * workers. Default true.
   */
  readonly health?: boolean | undefined;
}

/** The services that a gateway answers itself, and calls that clients may keep open for as long as they like. */
export interface OwnServices {
  /** Nothing is served any more: ends those calls. */
  drain(): void;
}

/** Adds what the options say to the gateway's server, which relays all other calls. */
export function addOwnServices(server: Server, channel: WherryChannel, options: OwnServicesOptions): OwnServices {
  const reflection = options.reflection === false ? undefined : new Reflection(channel.services);
  const health = options.health === false ? undefined : new Health(channel);
  reflection?.addToServer(server);
  health?.addToServer(server);
  if (health !== undefined) reflection?.addOwn(health.definition);
  return {
    drain: () => {
      health?.drain();
      reflection?.drain();
    },
  };
}
