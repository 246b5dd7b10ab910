import type { CheckedServiceConfig, MethodEntry } from './check-service-config.js';
import { type CallPolicy, idempotentPolicy } from './retry/policies.js';

/** Returns a method's protobuf `idempotency_level`; undefined if it is not set, or the method is unknown. */
export type IdempotencyLevel = (path: string) => 'NO_SIDE_EFFECTS' | 'IDEMPOTENT' | undefined;

/** The settings of a method's calls. The caller may override them call by call. */
export interface MethodSettings {
  readonly waitForReady: boolean;
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** In bytes; -1: any. */
  readonly maxReceiveMessageLength: number;
  readonly maxSendMessageLength: number;
  readonly policy: CallPolicy | undefined;
}

type Limits = Pick<MethodSettings, 'maxReceiveMessageLength' | 'maxSendMessageLength'>;

/** Finds the settings of each method: from the service config, from its `idempotency_level`, or from the channel. */
export class MethodSettingsTable {
  readonly #all: MethodSettings;
  readonly #entries: ReadonlyMap<string, MethodSettings>;
  readonly #level: IdempotencyLevel | undefined;

  /**
   * @param level is called for each call of a method that has no policy from elsewhere, because the level may become known only after the
   *   method's first call. Undefined: idempotency is no reason to retry a method.
   */
  constructor(limits: Limits, config: CheckedServiceConfig | undefined, level: IdempotencyLevel | undefined) {
    const entries = [...(config?.entries ?? [])].map(([name, entry]) => [name, settings(limits, entry)] as const);
    this.#entries = new Map(entries);
    this.#all = this.#entries.get('/') ?? settings(limits, undefined);
    this.#level = level;
  }

  /** The settings of the method with this path, `/package.Service/Method`. */
  get(path: string): MethodSettings {
    if (this.#entries.size === 0) return this.#all;
    return this.#entries.get(path) ?? this.#entries.get(path.slice(0, path.lastIndexOf('/') + 1)) ?? this.#all;
  }

  /**
   * The policy by which calls of the method are retried or hedged; undefined: neither. If the service config has an entry for the method or
   * its service, that entry alone decides, even if it has no policy.
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

/** The lower of two limits. A negative `own` and an undefined `configured` mean no limit. */
function lower(own: number, configured: number | undefined): number {
  if (configured === undefined) return own;
  return own < 0 ? configured : Math.min(own, configured);
}
