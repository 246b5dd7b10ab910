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
  /** How many calls this instance shares with the peer. */
  calls: number;
  heardAt: number;
  /** The lease that the peer announced: the peer writes again within this many milliseconds. */
  leaseMs: number;
  /** The echo that will show whether the peer is really gone, and the time when the echo was sent. */
  suspicion: { echo: number; since: number } | undefined;
}

/** The lease of a peer that has not announced another one, in milliseconds (docs/wire-format.md). */
export const defaultLeaseMs = 6000;
/** A longer lease of a peer counts as this one, in milliseconds, so that no peer can claim to be alive for ever. */
export const maxLeaseMs = 60_000;
/** A lease is renewed this many times before it ends. */
const RENEWALS = 4;

/**
 * Knows which peers of accepted calls are alive. As long as two instances share a call, each writes to the other's inbox often enough to
 * keep its lease. So the cost of liveness grows with the number of pairs that share calls.
 *
 * A peer that was not heard from in time may be alive: this instance may be late in reading its own inbox. So the instance checks a
 * suspicion with an echo: a record to its own inbox. Once the echo comes back, everything that the peer wrote before it has been read. Only
 * a peer that is silent even then counts as gone. If the echo does not come back within another lease, Kafka is out of reach, and the peer
 * counts as gone too.
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
    // Until the peer knows this instance's lease, it assumes the default. So a longer lease must be announced at once.
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

  /** A record of this sender was read. `lease` is given if the record had one. */
  heard(sender: InboxAddress, lease?: Lease): void {
    const peer = this.#peers.get(peerName(sender));
    if (peer !== undefined) {
      peer.heardAt = Date.now();
      peer.suspicion = undefined;
      if (lease !== undefined) peer.leaseMs = Math.min(lease.leaseMs, maxLeaseMs);
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

/** The name of an instance, made from the address of its inbox. */
export function peerName({ topic, partition, instance }: InboxAddress): string {
  const inbox = partition === 0 ? topic : `${topic}/${partition}`;
  return instance === undefined ? inbox : `${inbox}#${instance}`;
}

export function sameInbox(a: InboxAddress, b: InboxAddress): boolean {
  return a.topic === b.topic && a.partition === b.partition && a.instance === b.instance;
}
