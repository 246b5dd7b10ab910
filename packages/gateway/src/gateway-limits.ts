/** Limits of what clients can do at a gateway, whoever they are. */
export interface GatewayLimits {
  /** How many connections may be open at once. Further ones are closed as they come. Default 10,000. */
  readonly maxConnections?: number | undefined;
  /**
   * How many calls one connection may have at once (HTTP/2's SETTINGS_MAX_CONCURRENT_STREAMS). A gRPC client lets further calls wait.
   * Default 10,000.
   */
  readonly maxCallsPerConnection?: number | undefined;
  /** How many calls may be under way at once. Further ones end with RESOURCE_EXHAUSTED. Default 50,000. */
  readonly maxCalls?: number | undefined;
  /**
   * How many bytes all calls together may hold of messages that have come only in part. A call that needs more ends with
   * RESOURCE_EXHAUSTED. Default 256 MiB.
   */
  readonly maxPartialBytes?: number | undefined;
  /** How long a new connection may take to begin HTTP/2, TLS included, in milliseconds. Default 10,000. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** How long a connection may have no call before it is closed, in milliseconds. gRPC clients connect again. Default 30 min. */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * How long a call may go on, in milliseconds, before its request has a message or ends, or its reply begins. After this time, the call
   * ends with DEADLINE_EXCEEDED. Default 300,000 (5 min).
   */
  readonly firstMessageTimeoutMs?: number | undefined;
  /** How often connections are asked whether they are alive, in milliseconds. A dead one ends within twice this time. Default 20,000. */
  readonly keepaliveMs?: number | undefined;
}

export type CheckedGatewayLimits = { readonly [Name in keyof Required<GatewayLimits>]: number };

const defaults: CheckedGatewayLimits = {
  maxConnections: 10_000,
  maxCallsPerConnection: 10_000,
  maxCalls: 50_000,
  maxPartialBytes: 256 * 1024 * 1024,
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 30 * 60_000,
  firstMessageTimeoutMs: 5 * 60_000,
  keepaliveMs: 20_000,
};

/** @throws TypeError for a limit that does not exist, or is not a whole number above 0. */
export function checkGatewayLimits(limits: GatewayLimits = {}): CheckedGatewayLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!(name in defaults)) {
      throw new TypeError(`limits.${name} does not exist; the limits are ${Object.keys(defaults).join(', ')}`);
    }
    if (!(Number.isInteger(value) && value > 0 && value < 2 ** 31)) {
      throw new TypeError(`limits.${name} is ${value}; it must be a whole number above 0`);
    }
  }
  return { ...defaults, ...Object.fromEntries(given) };
}
