import type { InboxAddress, Lease } from '@wherry/wire';
import test, { type ExecutionContext } from 'ava';
import { Peers, type PeersHost, peerName, sameInbox } from './peers.js';

const own: InboxAddress = { topic: 'own', partition: 0 };
const peer: InboxAddress = { topic: 'peer', partition: 0 };

/** Stands for the endpoint: it keeps the leases that {@link Peers} sends, and may answer them. */
class FakeHost implements PeersHost {
  readonly posts: { to: InboxAddress; lease: Lease }[] = [];
  readonly gone: InboxAddress[] = [];
  readonly peers = new Peers({ address: own }, this);
  /** Called at each lease that is sent, and for each peer that is gone. */
  onEvent: () => void = () => undefined;

  constructor(
    t: ExecutionContext,
    readonly leaseMs: number,
  ) {
    t.timeout(10_000);
    t.teardown(() => this.peers.close());
  }

  tell(to: InboxAddress, lease: Lease): void {
    this.posts.push({ to, lease });
    this.onEvent();
  }

  onGone(address: InboxAddress): void {
    this.gone.push(address);
    this.onEvent();
  }

  to(address: InboxAddress): Lease[] {
    return this.posts.filter(({ to }) => to === address).map(({ lease }) => lease);
  }

  /** Reads each echo at once, as an endpoint does that keeps up with its inbox. */
  keepUp(): void {
    const read = this.onEvent;
    this.onEvent = () => {
      const last = this.posts.at(-1);
      if (last?.to === own) queueMicrotask(() => this.peers.heard(own, last.lease));
      read();
    };
  }

  until(holds: () => boolean): Promise<void> {
    const before = this.onEvent;
    return new Promise((resolve) => {
      const look = (): void => {
        if (holds()) resolve();
      };
      this.onEvent = () => {
        before();
        look();
      };
      look();
    });
  }
}

const lease = (leaseMs: number): Lease => ({ kind: 'lease', leaseMs, echo: 0 });

test('a peer is written to as long as a call is shared with it, and not before or after', async (t) => {
  const host = new FakeHost(t, 40);
  t.deepEqual(host.posts, []);
  host.peers.retain(peer);
  host.peers.retain(peer);
  await host.until(() => host.to(peer).length >= 4);
  t.deepEqual(host.to(peer)[0], { kind: 'lease', leaseMs: 40, echo: 0 });
  host.peers.release(peer);
  const before = host.to(peer).length;
  await host.until(() => host.to(peer).length > before);
  host.peers.release(peer);
  const after = host.to(peer).length;
  // Another pair continues for several leases, and the pair whose calls are over is silent.
  const other = { topic: 'other', partition: 3 };
  host.peers.retain(other);
  await host.until(() => host.to(other).length >= 8);
  t.is(host.to(peer).length, after);
});

test('a lease is renewed several times before it ends', async (t) => {
  const host = new FakeHost(t, 2000);
  const begun = Date.now();
  host.peers.retain(peer);
  await host.until(() => host.to(peer).length >= 3);
  t.true(Date.now() - begun < 2000, `three renewals took ${Date.now() - begun} ms`);
});

test('a lease longer than the default is announced at once, any other lease with the first renewal', (t) => {
  const long = new FakeHost(t, 60_000);
  long.peers.retain(peer);
  t.deepEqual(long.to(peer), [{ kind: 'lease', leaseMs: 60_000, echo: 0 }]);
  long.peers.retain(peer);
  t.is(long.to(peer).length, 1);
  const short = new FakeHost(t, 6000);
  short.peers.retain(peer);
  t.deepEqual(short.posts, []);
});

test('a peer that falls silent is gone after its lease and an echo', async (t) => {
  const host = new FakeHost(t, 40);
  host.keepUp();
  host.peers.retain(peer);
  host.peers.heard(peer, lease(60));
  const begun = Date.now();
  await host.until(() => host.gone.length > 0);
  t.deepEqual(host.gone, [peer]);
  const took = Date.now() - begun;
  t.true(took >= 60, `it was given up after ${took} ms`);
  t.deepEqual(host.to(own), [{ kind: 'lease', leaseMs: 40, echo: 1 }]);
});

test('an echo that does not come back counts as silence after as long again', async (t) => {
  const host = new FakeHost(t, 40);
  host.peers.retain(peer);
  host.peers.heard(peer, lease(60));
  const begun = Date.now();
  await host.until(() => host.gone.length > 0);
  const took = Date.now() - begun;
  t.true(took >= 120, `it was given up after ${took} ms`);
  t.deepEqual(host.gone, [peer]);
});

test('a peer that is heard while its echo is under way is not gone', async (t) => {
  const host = new FakeHost(t, 40);
  host.peers.retain(peer);
  host.peers.heard(peer, lease(60));
  for (let times = 1; times <= 3; times++) {
    await host.until(() => host.to(own).length === times);
    // The records that the peer wrote before are read first, and only then the echo.
    host.peers.heard(peer);
    host.peers.heard(own, host.to(own).at(-1));
  }
  t.deepEqual(host.gone, []);
});

test('any record of a peer shows that it lives, and the lease that it announces counts from then on', async (t) => {
  const host = new FakeHost(t, 20);
  host.keepUp();
  host.peers.retain(peer);
  // The peer announces a long lease, so it may be silent for many leases of this instance.
  host.peers.heard(peer, lease(60_000));
  await host.until(() => host.to(peer).length >= 20);
  t.deepEqual([host.to(own), host.gone], [[], []]);
  host.peers.heard(peer, lease(1));
  await host.until(() => host.gone.length > 0);
  t.deepEqual(host.gone, [peer]);
});

test('an echo from before a suspicion does not confirm it', async (t) => {
  const host = new FakeHost(t, 40);
  host.peers.retain(peer);
  host.peers.heard(peer, lease(60));
  await host.until(() => host.to(own).length === 1);
  const [first] = host.to(own);
  host.peers.heard(peer);
  await host.until(() => host.to(own).length === 2);
  host.peers.heard(own, first);
  t.deepEqual(host.gone, []);
  host.peers.heard(own, host.to(own)[1]);
  t.deepEqual(host.gone, [peer]);
});

test('an echo of another instance confirms no suspicion', async (t) => {
  const host = new FakeHost(t, 40);
  host.peers.retain(peer);
  host.peers.heard(peer, lease(60));
  await host.until(() => host.to(own).length === 1);
  const echo = host.to(own)[0];
  host.peers.heard({ topic: 'own', partition: 1 }, echo);
  host.peers.heard({ topic: 'own', partition: 0, instance: 7 }, echo);
  t.deepEqual(host.gone, []);
  host.peers.heard(own, echo);
  t.deepEqual(host.gone, [peer]);
});

test('only the silent one of several peers is gone, and instances that share an inbox are different peers', async (t) => {
  const host = new FakeHost(t, 40);
  host.keepUp();
  const lively = { ...peer, instance: 1 };
  const silent = { ...peer, instance: 2 };
  for (const one of [lively, silent]) {
    host.peers.retain(one);
    host.peers.heard(one, lease(60));
  }
  const before = host.onEvent;
  host.onEvent = () => {
    host.peers.heard(lively);
    before();
  };
  await host.until(() => host.gone.length > 0);
  t.deepEqual(host.gone, [silent]);
});

test('a peer that is gone is reported once, and may come back with another call', async (t) => {
  const host = new FakeHost(t, 20);
  host.keepUp();
  host.peers.retain(peer);
  host.peers.heard(peer, lease(20));
  await host.until(() => host.gone.length === 1);
  // The calls of the peer end now and release it, which is harmless.
  host.peers.release(peer);
  host.peers.retain(peer);
  host.peers.heard(peer, lease(20));
  await host.until(() => host.gone.length === 2);
  t.deepEqual(host.gone, [peer, peer]);
});

test('an unknown peer can be heard, released and forgotten without harm', (t) => {
  const host = new FakeHost(t, 40);
  host.peers.heard(peer, lease(10));
  host.peers.release(peer);
  host.peers.close();
  host.peers.close();
  t.deepEqual([host.posts, host.gone], [[], []]);
});

test('an instance is known by its topic, its partition and its number', (t) => {
  const base = { topic: 'a', partition: 0 };
  t.is(peerName(base), 'a');
  t.is(peerName({ ...base, partition: 2 }), 'a/2');
  t.is(peerName({ ...base, instance: 9 }), 'a#9');
  t.is(peerName({ topic: 'a', partition: 2, instance: 9 }), 'a/2#9');
  t.true(sameInbox(base, { ...base }));
  for (const other of [
    { ...base, topic: 'b' },
    { ...base, partition: 1 },
    { ...base, instance: 1 },
  ]) {
    t.false(sameInbox(base, other));
    t.not(peerName(base), peerName(other));
  }
});
