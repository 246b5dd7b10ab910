import {
  connectivityState,
  type Server,
  type ServerWritableStream,
  type ServiceDefinition,
  status as Status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { WherryChannel } from '@wherry/client';
import { HealthImplementation, type ServingStatus, service } from 'grpc-health-check';

type WatchCall = ServerWritableStream<unknown, unknown>;

/**
 * Health (`grpc.health.v1`) of the gateway, under the empty name, and of every service that it has seen: SERVING as long as
 * Kafka is in reach and, of a service, a worker lives. grpc-health-check speaks the protocol.
 */
export class Health {
  readonly definition = service as unknown as ServiceDefinition;
  readonly #channel: WherryChannel;
  readonly #implementation = new HealthImplementation();
  readonly #told = new Map<string, ServingStatus>();
  readonly #watches = new Set<WatchCall>();
  readonly #stopListening: () => void;
  #reachable = true;
  #draining = false;

  constructor(channel: WherryChannel) {
    this.#channel = channel;
    this.#stopListening = channel.services.onChange(() => this.#update());
    this.#watchKafka();
    this.#update();
  }

  addToServer(server: Pick<Server, 'addService'>): void {
    const addService = (_definition: unknown, handlers: UntypedServiceImplementation): void => {
      const watch = handlers['watch'] as (call: WatchCall) => void;
      server.addService(this.definition, {
        ...handlers,
        watch: (call: WatchCall) => {
          this.#watches.add(call);
          for (const over of ['finish', 'cancelled', 'close']) call.on(over, () => this.#watches.delete(call));
          call.on('close', () => this.#forgetStranger((call.request as { service: string }).service));
          watch(call);
        },
      });
    };
    this.#implementation.addToServer({ addService } as Parameters<HealthImplementation['addToServer']>[0]);
  }

  /** grpc-health-check keeps every name that was ever watched, and clients may watch any. */
  #forgetStranger(name: string): void {
    const { watchers } = this.#implementation as unknown as { watchers?: Map<string, Set<unknown>> };
    if (!this.#told.has(name) && watchers?.get(name)?.size === 0) watchers.delete(name);
  }

  /** Nothing is served any more. Ends the watches too, as nobody else would. */
  drain(): void {
    this.#draining = true;
    this.#update();
    this.close();
    for (const call of this.#watches)
      call.emit('error', { code: Status.UNAVAILABLE, details: 'the gateway is closing' });
  }

  close(): void {
    this.#stopListening();
  }

  /** Calls itself at each change, until the channel is closed. */
  #watchKafka(): void {
    const state = this.#channel.getConnectivityState(false);
    this.#reachable = state === connectivityState.READY;
    this.#channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
      if (this.#draining || this.#channel.closed) return;
      this.#watchKafka();
      this.#update();
    });
  }

  #update(): void {
    const { services } = this.#channel;
    const open = this.#reachable && !this.#draining;
    this.#tell('', open);
    const names = new Set(services.names);
    // Where the registry cannot be read, what was known last is all there is.
    for (const name of new Set([...this.#told.keys(), ...names]))
      if (name !== '') this.#tell(name, open && names.has(name));
  }

  #tell(name: string, serving: boolean): void {
    const status = serving ? 'SERVING' : 'NOT_SERVING';
    if (this.#told.get(name) === status) return;
    this.#told.set(name, status);
    this.#implementation.setStatus(name, status);
  }
}
