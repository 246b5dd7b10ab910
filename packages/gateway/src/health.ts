import { connectivityState, type MethodDefinition, type ServiceDefinition, status as Status } from '@grpc/grpc-js';
import type { WherryChannel } from '@wherry/client';
import { type ServingStatus, service } from 'grpc-health-check';
import { forOneRequest, type OwnCall, type OwnHandler } from './own-call.js';

/** `grpc.health.v1`'s messages. */
interface HealthRequest {
  readonly service: string;
}
interface HealthResponse {
  readonly status: ServingStatus | 'SERVICE_UNKNOWN';
}
interface HealthList {
  readonly statuses: Readonly<Record<string, HealthResponse>>;
}

interface HealthDefinition {
  readonly Check: MethodDefinition<HealthRequest, HealthResponse>;
  readonly List: MethodDefinition<object, HealthList>;
  readonly Watch: MethodDefinition<HealthRequest, HealthResponse>;
}

const MAX_LISTED = 100;

/**
 * Health (`grpc.health.v1`) of the gateway, under the empty name, and of each service that it has seen. The gateway is SERVING
 * as long as Kafka is in reach. A service is SERVING as long as Kafka is in reach and at least one of its workers is alive.
 */
export class Health {
  readonly #channel: WherryChannel;
  readonly #statuses = new Map<string, ServingStatus>();
  readonly #watches = new Set<Watch>();
  readonly #stopListening: () => void;
  #reachable = true;
  #draining = false;

  constructor(channel: WherryChannel) {
    this.#channel = channel;
    this.#stopListening = channel.services.onChange(() => this.#update());
    this.#watchKafka();
    this.#update();
  }

  get definition(): ServiceDefinition {
    return service as unknown as ServiceDefinition;
  }

  /** The handlers of its methods, by path. */
  get handlers(): ReadonlyMap<string, OwnHandler> {
    const { Check: check, List: list, Watch: watch } = service as unknown as HealthDefinition;
    return new Map([
      [check.path, forOneRequest(check, (request, call) => this.#check(request, call))],
      [list.path, forOneRequest(list, (_request, call) => this.#list(call))],
      [watch.path, forOneRequest(watch, (request, call) => this.#watch(request, call))],
    ]);
  }

  /** Sets every status to NOT_SERVING. Also ends the watches, because clients may keep them open for as long as they like. */
  drain(): void {
    this.#draining = true;
    this.#update();
    this.#stopListening();
    for (const watch of this.#watches) watch.end();
  }

  #check({ service }: HealthRequest, call: OwnCall<HealthRequest, HealthResponse>): void {
    const status = this.#statuses.get(service);
    if (status === undefined) {
      call.end({ code: Status.NOT_FOUND, details: `Health status unknown for service ${service}` });
    } else {
      call.send({ status });
      call.end();
    }
  }

  #list(call: OwnCall<object, HealthList>): void {
    if (this.#statuses.size > MAX_LISTED) {
      call.end({ code: Status.RESOURCE_EXHAUSTED, details: 'Too many services to list.' });
      return;
    }
    call.send({ statuses: Object.fromEntries([...this.#statuses].map(([name, status]) => [name, { status }])) });
    call.end();
  }

  #watch({ service }: HealthRequest, call: OwnCall<HealthRequest, HealthResponse>): void {
    const watch = new Watch(service, call);
    this.#watches.add(watch);
    call.whenOver(() => this.#watches.delete(watch));
    watch.tell(this.#statuses.get(service) ?? 'SERVICE_UNKNOWN');
    if (this.#draining) watch.end();
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
    this.#set('', open);
    const names = new Set(services.names);
    // Services that were seen before, and are not served now, are NOT_SERVING.
    for (const name of new Set([...this.#statuses.keys(), ...names]))
      if (name !== '') this.#set(name, open && names.has(name));
  }

  #set(name: string, serving: boolean): void {
    const status = serving ? 'SERVING' : 'NOT_SERVING';
    if (this.#statuses.get(name) === status) return;
    this.#statuses.set(name, status);
    for (const watch of this.#watches) if (watch.service === name) watch.tell(status);
  }
}

/** A call that gets each change of one service's status. A client that reads slowly gets only the latest status. */
class Watch {
  readonly service: string;
  readonly #call: OwnCall<HealthRequest, HealthResponse>;
  #sending = false;
  #next: HealthResponse['status'] | undefined;

  constructor(service: string, call: OwnCall<HealthRequest, HealthResponse>) {
    this.service = service;
    this.#call = call;
  }

  tell(status: HealthResponse['status']): void {
    this.#next = status;
    if (!this.#sending) this.#send();
  }

  end(): void {
    if (this.#next !== undefined) this.#call.send({ status: this.#next });
    this.#call.end({ code: Status.UNAVAILABLE, details: 'the gateway is closing' });
  }

  #send(): void {
    this.#sending = this.#next !== undefined;
    if (this.#next === undefined) return;
    const status = this.#next;
    this.#next = undefined;
    this.#call.send({ status }, () => this.#send());
  }
}
