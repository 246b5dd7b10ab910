import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import type { GroupReader, Log } from '../log/log.js';
import { MemoryBroker } from './broker.js';

const PARTITIONS = 5;

type Step =
  | { readonly act: 'join' }
  | { readonly act: 'leave' | 'die' | 'cut off' | 'reach'; readonly member: number }
  | { readonly act: 'write'; readonly partition: number }
  | { readonly act: 'wait'; readonly turns: number };

const member = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ act: fc.constant('join' as const) }),
  fc.record({ act: fc.constantFrom('leave' as const, 'die' as const, 'cut off' as const, 'reach' as const), member }),
  fc.record({ act: fc.constant('write' as const), partition: fc.nat({ max: PARTITIONS - 1 }) }),
  fc.record({ act: fc.constant('wait' as const), turns: fc.nat({ max: 6 }) }),
);

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** A group whose members come and go, and what they have and read. */
class Group {
  readonly broker = new MemoryBroker();
  readonly writer = this.#open();
  /** Those that live, in the order they came. */
  readonly members: { log: Log; name: number; reader: GroupReader | undefined }[] = [];
  readonly owners = new Map<number, number>();
  readonly read = new Map<number, Set<number>>();
  readonly faults: string[] = [];
  #written = Array.from({ length: PARTITIONS }, () => 0);
  #names = 0;
  readonly #closing: Promise<void>[] = [];

  #open(): Log {
    return this.broker.open({ acknowledgements: false, onUndelivered: () => undefined, onTrouble: () => undefined });
  }

  async act(step: Step): Promise<void> {
    if (step.act === 'join') this.#join();
    else if (step.act === 'wait') await turns(step.turns);
    else if (step.act === 'write') this.#write(step.partition);
    else this.#change(step.act, step.member);
  }

  async end(): Promise<void> {
    this.broker.reconnect();
    await turns(60);
    await Promise.all(this.#closing);
    await turns(60);
  }

  get written(): readonly number[] {
    return this.#written;
  }

  #join(): void {
    const member = { log: this.#open(), name: this.#names++, reader: undefined as GroupReader | undefined };
    this.members.push(member);
    const { log, name } = member;
    const joining = log.readGroup({
      topic: 'topic',
      group: 'group',
      onRecord: ({ partition, offset }) => {
        if (this.owners.get(partition) !== name) this.faults.push(`${name} reads ${partition}, which it does not have`);
        this.read.get(partition)?.add(offset);
        void member.reader?.commit([{ topic: 'topic', partition, offset: offset + 1 }]).catch(() => undefined);
      },
      onError: () => undefined,
      onAssigned: (partitions) => {
        for (const { partition } of partitions) {
          const owner = this.owners.get(partition);
          if (owner !== undefined) this.faults.push(`${name} gets ${partition}, which ${owner} has`);
          this.owners.set(partition, name);
        }
      },
      onRevoked: async (partitions) => {
        await turns(3);
        for (const { partition } of partitions) {
          if (this.owners.get(partition) === name) this.owners.delete(partition);
        }
      },
    });
    joining.then(
      (reader) => {
        member.reader = reader;
      },
      () => this.members.splice(this.members.indexOf(member), 1),
    );
  }

  #write(partition: number): void {
    this.writer.produce('topic', partition, Buffer.from('key'), null);
    this.#written[partition] = (this.#written[partition] ?? 0) + 1;
  }

  #change(act: 'leave' | 'die' | 'cut off' | 'reach', index: number): void {
    const member = this.members[index];
    if (member?.reader === undefined) return;
    if (act === 'cut off') this.broker.disconnect(member.log);
    else if (act === 'reach') this.broker.reconnect(member.log);
    else {
      this.members.splice(index, 1);
      if (act === 'die') {
        this.broker.kill(member.log);
        for (const [partition, owner] of this.owners) if (owner === member.name) this.owners.delete(partition);
      } else {
        this.broker.reconnect(member.log);
        this.#closing.push(member.log.close());
      }
    }
  }
}

test('whatever members do, a partition has one owner, and members share all evenly and read every record', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const group = new Group();
      await group.writer.createTopic({ name: 'topic', partitions: PARTITIONS });
      for (let partition = 0; partition < PARTITIONS; partition++) group.read.set(partition, new Set());
      for (const step of steps) await group.act(step);
      await group.act({ act: 'join' });
      await group.end();
      assert.deepEqual(group.faults, []);
      const shares = group.members.map(({ reader }) => reader?.assigned.length ?? 0);
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        PARTITIONS,
      );
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `${shares}`);
      const read = [...group.read.values()].map((offsets) => offsets.size);
      assert.deepEqual(read, group.written);
      await Promise.all([group.writer, ...group.members.map(({ log }) => log)].map((log) => log.close()));
    }),
    { numRuns: 200 },
  );
  t.pass();
});
