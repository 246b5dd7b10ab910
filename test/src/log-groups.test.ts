import type { KafkaOptions } from '@wherry/kafka';
import anyTest from 'ava';
import { type GroupKind, groupContract } from './log/group-contract.js';
import { rdkafkaLogs } from './log/log-kind.js';
import { realKafka, useBroker } from './support/brokers.js';

const test = anyTest;
const brokers = useBroker(test);
const embedded = realKafka === undefined;

const assigns = {
  consumer: embedded ? 'at once' : 'at a heartbeat',
  classic: embedded ? 'after seconds' : 'at once',
} as const satisfies Record<string, GroupKind['assigns']>;

for (const protocol of ['consumer', 'classic'] as const) {
  // A member that did not say good-bye would be missed only after half a minute. The embedded broker delays rebalances by the session.
  const consumer: KafkaOptions =
    protocol === 'classic' && !embedded
      ? { 'group.protocol': protocol, 'session.timeout.ms': 30_000 }
      : { 'group.protocol': protocol };
  const kind = rdkafkaLogs(embedded, brokers, { consumer });
  groupContract(test, { ...kind, name: `group.protocol ${protocol}`, assigns: assigns[protocol] });
}
