import type { CheckedServiceConfig, MethodEntry } from './check-service-config.js';
import { type CallPolicy, idempotentPolicy } from './retry/policies.js';

/** What protobuf's `idempotency_level` says of a method; undefined where it says nothing, or the method is not known. */
export type IdempotencyLevel = (path: string) => 'NO_SIDE_EFFECTS' | 'IDEMPOTENT' | undefined;

/** What holds for the calls of a method, where the caller does not say otherwise. */
export interface MethodSettings {
  readonly waitForReady: boolean;
  /** The longest a call may take, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** In bytes; -1: any. */
  readonly maxReceiveMessageLength: number;
  readonly maxSendMessageLength: number;
  readonly policy: CallPolicy | undefined;
}

type Limits = Pick<MethodSettings, 'maxReceiveMessageLength' | 'maxSendMessageLength'>;

/** Knows what holds for each method: from the service config, from its `idempotency_level`, or from the channel. */
export class MethodSettingsTable {
  readonly #all: MethodSettings;
  readonly #entries: ReadonlyMap<string, MethodSettings>;
  readonly #level: IdempotencyLevel | undefined;

  /**
   * @param level is asked for each call of a method that nothing else decides about, as it may be known later than the
   *   method's first call; undefined: methods are not retried for being idempotent.
   */
  constructor(limits: Limits, config: CheckedServiceConfig | undefined, level: IdempotencyLevel | undefined) {
    const entries = [...(config?.entries ?? [])].map(([name, entry]) => [name, settings(limits, entry)] as const);
    this.#entries = new Map(entries);
    this.#all = this.#entries.get('/') ?? settings(limits, undefined);
    this.#level = level;
  }

  /** What holds for the method of this path, `/package.Service/Method`. */
  get(path: string): MethodSettings {
    if (this.#entries.size === 0) return this.#all;
    return this.#entries.get(path) ?? this.#entries.get(path.slice(0, path.lastIndexOf('/') + 1)) ?? this.#all;
  }

  /**
   * When and how calls of that method are made more than once; undefined: never. An entry for the method or its service
   * decides alone, also by having no policy.
   */
  policy(path: string, settings: MethodSettings): CallPolicy | undefined {
    if (settings.policy !== undefined || settings !== this.#all || this.#level === undefined) return settings.policy;
    return this.#level(path) === undefined ? undefined : idempotentPolicy;
  }
}

function settings(limits: Limits, entry: MethodEntry | undefined): MethodSettings {
  return {
    waitForReady: entry?.waitForReady ?? false,
    timeoutMs: entry?.timeoutMs,
    maxReceiveMessageLength: lower(limits.maxReceiveMessageLength, entry?.maxResponseMessageBytes),
    maxSendMessageLength: lower(limits.maxSendMessageLength, entry?.maxRequestMessageBytes),
    policy: entry?.policy,
  };
}

/** The lower of two limits; a negative or absent one is none. */
function lower(own: number, configured: number | undefined): number {
  if (configured === undefined) return own;
  return own < 0 ? configured : Math.min(own, configured);
}
