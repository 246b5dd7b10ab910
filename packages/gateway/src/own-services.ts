import type { WherryChannel } from '@wherry/client';
import type { CallHandler } from './calls.js';
import { Health } from './health.js';
import type { OwnHandler } from './own-call.js';
import { Reflection } from './reflection.js';

/** Which services the gateway answers itself. */
export interface OwnServicesOptions {
  /**
   * Whether the gateway answers `grpc.reflection.v1` and `v1alpha` with the services that are served now. If false, calls to these services
   * go to workers, like all others. Default true.
   */
  readonly reflection?: boolean | undefined;
  /**
   * Whether the gateway answers `grpc.health.v1` for itself (the empty name) and for every service. If false, calls to this service go to
   * workers. Default true.
   */
  readonly health?: boolean | undefined;
}

/** The services that a gateway answers itself: health and reflection, unless an option turns one off. */
export class OwnServices {
  readonly #health: Health | undefined;
  readonly #reflection: Reflection | undefined;
  readonly #handlers: ReadonlyMap<string, OwnHandler>;

  constructor(channel: WherryChannel, { health = true, reflection = true }: OwnServicesOptions) {
    this.#health = health ? new Health(channel) : undefined;
    const own = this.#health === undefined ? [] : [this.#health.definition];
    this.#reflection = reflection ? new Reflection(channel.services, own) : undefined;
    this.#handlers = new Map([...(this.#health?.handlers ?? []), ...(this.#reflection?.handlers ?? [])]);
  }

  /** A handler that takes the calls of these services, and leaves all others to `relay`. */
  before(relay: CallHandler): CallHandler {
    return (path, call) => {
      const own = this.#handlers.get(path);
      if (own === undefined) relay(path, call);
      else own(call);
    };
  }

  /** Sets every health status to NOT_SERVING. Ends the calls of these services, which clients may keep open for as long as they like. */
  drain(): void {
    this.#health?.drain();
    this.#reflection?.drain();
  }
}
