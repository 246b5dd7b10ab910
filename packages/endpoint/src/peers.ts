import type { InboxAddress, Lease } from '@wherry/wire';

/** The parts of the instance that {@link Peers} uses. */
export interface PeersHost {
  /** Announced to peers: this instance writes to them again within this many milliseconds. */
  readonly leaseMs: number;
  tell(to: InboxAddress, lease: Lease): void;
  onGone(peer: InboxAddress): void;
}

interface Peer {
  readonly address: InboxAddress;
  /** Calls that this peer and we are both in. */
  calls: number;
  heardAt: number;
  /** What the peer announced: it is to be heard from again within this many milliseconds. */
  leaseMs: number;
  /** The echo that will tell whether the peer is really gone, and when it was asked for. */
  suspicion: { echo: number; since: number } | undefined;
}

/** What counts until a peer has announced something else (docs/wire-format.md). */
export const defaultLeaseMs = 6000;
/** A lease is renewed this many times before it ends. */
const RENEWALS = 4;

/**
 * Knows which peers of accepted calls are alive. As long as two instances share a call, each writes to the other's inbox
 * often enough to keep its lease; so liveness costs in proportion to the pairs that talk.
 *
 * A peer that was not heard from in time may be alive while we are behind in reading our own inbox. So a suspicion is
 * checked with an echo: a record to our own inbox. What the peer wrote before it has been read when it comes back; only
 * a peer that is silent even then is gone. If our own echo does not come back for as long again, Kafka is out of reach,
 * and so is the peer.
 */
export class Peers {
  readonly #own: { readonly address: InboxAddress };
  readonly #host: PeersHost;
  readonly #peers = new Map<string, Peer>();
  #timer: NodeJS.Timeout | undefined;
  #echo = 0;

  /** @param own the inbox of this instance. */
  constructor(own: { readonly address: InboxAddress }, host: PeersHost) {
    this.#own = own;
    this.#host = host;
  }

  /** A call with this peer begins. */
  retain(address: InboxAddress): void {
    const name = peerName(address);
    const peer = this.#peers.get(name);
    if (peer !== undefined) {
      peer.calls++;
      return;
    }
    this.#peers.set(name, { address, calls: 1, heardAt: Date.now(), leaseMs: defaultLeaseMs, suspicion: undefined });
    // A peer that knows nothing of us yet counts with the default, so it must hear at once of anything longer.
    if (this.#host.leaseMs > defaultLeaseMs) this.#tell(address);
    this.#timer ??= setInterval(() => this.#tick(), Math.min(this.#host.leaseMs, defaultLeaseMs) / RENEWALS);
  }

  /** A call with this peer is over. */
  release(address: InboxAddress): void {
    const name = peerName(address);
    const peer = this.#peers.get(name);
    if (peer === undefined || --peer.calls > 0) return;
    this.#peers.delete(name);
    if (this.#peers.size === 0) this.close();
  }

  /** A record of this sender was read, with this lease if it had one. */
  heard(sender: InboxAddress, lease?: Lease): void {
    const peer = this.#peers.get(peerName(sender));
    if (peer !== undefined) {
      peer.heardAt = Date.now();
      peer.suspicion = undefined;
      if (lease !== undefined) peer.leaseMs = lease.leaseMs;
    }
    if (lease !== undefined && sameInbox(sender, this.#own.address)) this.#echoed(lease.echo);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#peers.clear();
  }

  #tick(): void {
    const now = Date.now();
    let suspects = false;
    for (const peer of [...this.#peers.values()]) {
      this.#tell(peer.address);
      if (now - peer.heardAt < peer.leaseMs) continue;
      if (peer.suspicion === undefined) {
        peer.suspicion = { echo: this.#echo + 1, since: now };
        suspects = true;
      } else if (now - peer.suspicion.since >= peer.leaseMs) {
        this.#gone(peer);
      }
    }
    if (suspects) this.#tell(this.#own.address, ++this.#echo);
  }

  #echoed(echo: number): void {
    for (const peer of [...this.#peers.values()]) {
      if (peer.suspicion !== undefined && peer.suspicion.echo <= echo) this.#gone(peer);
    }
  }

  #gone(peer: Peer): void {
    this.#peers.delete(peerName(peer.address));
    if (this.#peers.size === 0) this.close();
    this.#host.onGone(peer.address);
  }

  #tell(to: InboxAddress, echo = 0): void {
    this.#host.tell(to, { kind: 'lease', leaseMs: this.#host.leaseMs, echo });
  }
}

/** A name for an instance, as its inbox is known by. */
export function peerName({ topic, partition, instance }: InboxAddress): string {
  const inbox = partition === 0 ? topic : `${topic}/${partition}`;
  return instance === undefined ? inbox : `${inbox}#${instance}`;
}

export function sameInbox(a: InboxAddress, b: InboxAddress): boolean {
  return a.topic === b.topic && a.partition === b.partition && a.instance === b.instance;
}
