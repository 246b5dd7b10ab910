import { type KafkaOptions, LogError } from '@wherry/kafka';
import anyTest from 'ava';
import { type GroupKind, groupContract } from './log/group-contract.js';
import { rdkafkaLogs } from './log/log-kind.js';
import { realKafka, useBroker } from './support/brokers.js';
import { groupProtocols } from './support/group-protocols.js';
import { newName, openTestLog, Received } from './support/log-records.js';

const test = anyTest;
// Asked first: AVA lets a file wait only before its first test or hook.
const protocols = await groupProtocols();
const brokers = useBroker(test);
const embedded = realKafka === undefined;

const assigns = {
  consumer: embedded ? 'at once' : 'at a heartbeat',
  classic: embedded ? 'after seconds' : 'at once',
} as const satisfies Record<string, GroupKind['assigns']>;

for (const protocol of protocols) {
  // A member that did not say good-bye would be missed only after half a minute. The embedded broker delays rebalances by the session.
  const consumer: KafkaOptions =
    protocol === 'classic' && !embedded
      ? { 'group.protocol': protocol, 'session.timeout.ms': 30_000 }
      : { 'group.protocol': protocol };
  const kind = rdkafkaLogs(embedded, brokers, { consumer });
  groupContract(test, { ...kind, name: `group.protocol ${protocol}`, assigns: assigns[protocol] });
}

if (!protocols.includes('consumer')) {
  test('a broker without the consumer protocol is an error that names the protocol and the remedy', async (t) => {
    t.timeout(30_000);
    const { log } = await openTestLog(t, brokers(), { consumer: { 'group.protocol': 'consumer' } });
    const [topic, group] = [newName('log'), newName('group')];
    await log.createTopic({ name: topic, partitions: 1 });
    t.teardown(() => log.deleteTopic(topic));
    const error = await t.throwsAsync(log.readGroup({ topic, group, ...new Received() }), { instanceOf: LogError });
    t.is(
      error?.message,
      `reading ${topic} in group ${group}: the broker does not have the consumer protocol of KIP-848, which Kafka has from 4.0 on ` +
        '(leave out the option group.protocol, or set it to classic)',
    );
    t.false(error?.retriable, 'waiting does not help');
  });
}
