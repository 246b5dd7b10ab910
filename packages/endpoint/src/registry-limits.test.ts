import { createHash } from 'node:crypto';
import type { Registration, RegistryRecord } from '@wherry/wire';
import { RecordError } from '@wherry/wire';
import test from 'ava';
import fc from 'fast-check';
import { registryLimits } from './registry-limits.js';
import { RegistryView } from './registry-view.js';

const LEASE_MS = 6000;

function registration(services: readonly string[], parts: Partial<Registration> = {}): Registration {
  return {
    writtenAt: 0,
    startedAt: 1,
    leaseMs: LEASE_MS,
    services: services.map((name) => ({ name, descriptors: undefined })),
    ...parts,
  };
}

function instance(topic: string, value: Registration | undefined): RegistryRecord {
  return { kind: 'instance', instance: { topic, partition: 0 }, registration: value };
}

function descriptors(text: string, bytes = 1): { record: RegistryRecord & { hash: string }; bytes: number } {
  const hash = createHash('sha256').update(text).digest('hex');
  return { record: { kind: 'descriptors', hash, files: [Buffer.from(text)] }, bytes };
}

/** Takes a record as the follower does. @returns false if the view has no room for it. */
function take(view: RegistryView, record: RegistryRecord, { now = 0, age = 0, bytes = 100 } = {}): boolean {
  try {
    view.admit(record, bytes, age);
  } catch (error) {
    if (error instanceof RecordError && error.reason === 'limit') return false;
    throw error;
  }
  view.apply(record, now, age, bytes);
  return true;
}

test('a flood of forged registrations does not displace a live worker, and ends with its leases', (t) => {
  const view = new RegistryView();
  t.true(take(view, instance('worker', registration(['a.One']))));
  let taken = 0;
  for (let number = 0; number < 2 * registryLimits.registrations; number++)
    if (take(view, instance(`forged ${number}`, registration([`forged.S${number % 100}`])))) taken++;
  t.is(taken, registryLimits.registrations - 1);
  // The worker renews, with other partitions and after a restart.
  t.true(take(view, instance('worker', registration(['a.One'])), { now: LEASE_MS - 1 }));
  t.true(take(view, instance('worker', registration(['a.One'], { startedAt: 2 })), { now: LEASE_MS - 1, bytes: 900 }));
  t.false(take(view, instance('another', registration(['a.Two'])), { now: LEASE_MS - 1 }));
  view.expire(LEASE_MS);
  t.true(view.serves('a.One'));
  t.true(take(view, instance('another', registration(['a.Two'])), { now: LEASE_MS }));
  t.deepEqual(view.services, ['a.One', 'a.Two']);
});

test('a worker that left frees its place', (t) => {
  const view = new RegistryView();
  for (let number = 0; number < registryLimits.registrationsOfService; number++)
    t.true(take(view, instance(`worker ${number}`, registration(['a.One']))));
  t.false(take(view, instance('more', registration(['a.One']))));
  t.true(take(view, instance('worker 0', registration(['a.One'])), { now: 1 }));
  take(view, instance('worker 1', undefined));
  t.true(take(view, instance('more', registration(['a.One']))));
  t.is(view.instances('a.One'), registryLimits.registrationsOfService);
});

test('services are limited in number', (t) => {
  const view = new RegistryView();
  const names = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `a.S${from + index}`);
  for (let from = 0; from < registryLimits.services; from += 1000)
    t.true(take(view, instance(`worker ${from}`, registration(names(from, 1000)))));
  t.false(take(view, instance('more', registration(['a.More']))));
  t.true(take(view, instance('more', registration(['a.S1']))));
  t.is(view.services.length, registryLimits.services);
  let taken = registryLimits.services + 1;
  for (let number = 0; take(view, instance(`again ${number}`, registration(names(0, 1000)))); number++) taken += 1000;
  t.true(taken <= registryLimits.servicesOfAll && taken > registryLimits.servicesOfAll - 1000);
});

test('registrations are limited in bytes, and one may grow a little without a place for it', (t) => {
  const view = new RegistryView();
  t.true(take(view, instance('worker', registration(['a.One']))));
  const bytes = 262_144;
  let taken = 0;
  while (take(view, instance(`forged ${taken}`, registration(['a.One'])), { bytes })) taken++;
  t.is(taken, Math.floor(registryLimits.registrationBytes / bytes) - 1);
  while (take(view, instance(`small ${taken}`, registration(['a.One'])), { bytes: 0 })) taken++;
  t.true(take(view, instance('worker', registration(['a.One'])), { bytes: 1000 }));
  t.false(take(view, instance('worker', registration(['a.One'])), { bytes: 2000 }));
  t.is(view.instances('a.One'), taken + 1);
});

test('a worker that may be dead makes room for one that is alive', (t) => {
  const view = new RegistryView();
  for (let number = 0; number < registryLimits.registrations; number++)
    t.true(take(view, instance(`old ${number}`, registration(['a.Old'])), { age: 2 * LEASE_MS }));
  t.false(take(view, instance('one more', registration(['a.Old'])), { age: 2 * LEASE_MS }));
  t.true(take(view, instance('worker', registration(['a.One']))));
  t.true(view.serves('a.One'));
  t.true(view.mayServe('a.Old'));
});

test('descriptors that no worker has make room for others, those of live workers do not', (t) => {
  const view = new RegistryView();
  const own = descriptors('own');
  t.true(take(view, own.record));
  const services = [{ name: 'a.One', descriptors: own.record.hash }];
  t.true(take(view, instance('worker', registration([], { services }))));
  for (let number = 0; number < registryLimits.descriptors + 10; number++)
    t.true(take(view, descriptors(`forged ${number}`).record));
  t.is(view.descriptors('a.One')?.hash, own.record.hash);
  // Large ones push out the small ones, and each other.
  for (let number = 0; number < 40; number++)
    t.true(take(view, descriptors(`large ${number}`).record, { bytes: 4_194_304 }));
  t.is(view.descriptors('a.One')?.hash, own.record.hash);
});

test('descriptors of live workers keep their places', (t) => {
  const view = new RegistryView();
  const sets = Array.from({ length: 20 }, (_, number) => descriptors(`set ${number}`).record);
  const taken = sets.filter((record, number) => {
    const services = [{ name: `a.S${number}`, descriptors: record.hash }];
    take(view, instance(`worker ${number}`, registration([], { services })));
    return take(view, record, { bytes: 4_194_304 });
  });
  t.is(taken.length, Math.floor(registryLimits.descriptorsBytes / (4_194_304 + 128)));
  t.false(take(view, descriptors('one more').record, { bytes: 4_194_304 }));
  take(view, instance('worker 0', undefined));
  t.true(take(view, descriptors('one more').record, { bytes: 4_194_304 }));
  t.is(view.descriptors('a.S0'), undefined);
  t.is(view.descriptors('a.S1')?.hash, taken[1]?.hash);
});

test('any order of records counts each entry once', (t) => {
  const step = fc.record({
    who: fc.integer({ min: 0, max: 5 }),
    what: fc.constantFrom('register', 'leave', 'describe', 'undescribe', 'expire', 'doubt', 'prune'),
    services: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    bytes: fc.integer({ min: 0, max: 262_144 }),
    startedAt: fc.integer({ min: 1, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const view = new RegistryView();
      let now = 0;
      for (const { who, what, services, bytes, startedAt } of steps) {
        const set = descriptors(`set ${who}`).record;
        const named = services.map((service) => ({
          name: `a.S${service}`,
          descriptors: service === 0 ? undefined : descriptors(`set ${service}`).record.hash,
        }));
        const value = registration([], { services: named, startedAt });
        if (what === 'register') take(view, instance(`w${who}`, value), { now, bytes });
        else if (what === 'doubt') take(view, instance(`w${who}`, value), { now, bytes, age: LEASE_MS });
        else if (what === 'leave') take(view, instance(`w${who}`, undefined), { now });
        else if (what === 'describe') take(view, set, { now, bytes });
        else if (what === 'undescribe') take(view, { ...set, kind: 'descriptors', files: undefined }, { now });
        else if (what === 'expire') {
          now += LEASE_MS;
          view.expire(now);
          view.endDoubts(now);
        } else {
          now += 1_000_000;
          view.prune(now);
        }
      }
      // Once all have left and all descriptors were forgotten, everything has room again.
      for (let who = 0; who <= 5; who++) take(view, instance(`w${who}`, undefined), { now });
      view.prune(now + 1_000_000);
      t.deepEqual(view.held, { registrations: 0, registrationBytes: 0, servicesOfAll: 0, descriptors: 0, unused: 0 });
    }),
  );
});
