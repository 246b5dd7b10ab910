/**
 * Closes logs and readers in every state they may be in: `read-and-close BROKERS TOPIC`. The process ends by itself
 * when nothing of them is left.
 */
import { openLog } from '@wherry/kafka';
import { Received } from './log-records.js';

const [brokers, topic] = process.argv.slice(2);
if (brokers === undefined || topic === undefined) throw new Error('usage: read-and-close BROKERS TOPIC');
const options = { brokers, acknowledgements: true, onUndelivered: () => undefined, onTrouble: () => undefined };

// Nothing is there to be closed.
await openLog({ ...options, brokers: '127.0.0.1:1', connectTimeoutMs: 200 }).catch(() => undefined);

const log = await openLog(options);
let produced = 0;
const stream = setInterval(() => {
  for (let n = 0; n < 50; n++) log.produce(topic, produced++ % 4, Buffer.from('k'), Buffer.alloc(2000));
}, 1);

// At once after opening.
await (await log.readPartition({ topic, partition: 0, offset: 0, ...new Received() })).close();
await (await log.readGroup({ topic, group: `${topic}-at-once`, ...new Received() })).close();

// While records stream in; twice, and at the same time.
const partition = new Received();
const group = new Received();
const readers = [
  await log.readPartition({ topic, partition: 1, offset: 0, ...partition }),
  await log.readGroup({ topic, group: `${topic}-streaming`, ...group }),
];
await Promise.all([partition.count(500), group.count(500)]);
await Promise.all([...readers, ...readers].map((reader) => reader.close()));

// With readers that nobody closed but the log.
const left = new Received();
await log.readPartition({ topic, partition: 2, offset: 'end', ...left });
await log.readGroup({ topic, group: `${topic}-left`, ...new Received() });
await left.count(100);
clearInterval(stream);
await Promise.all([log.close(), log.close()]);
await log.close();
process.stdout.write('closed');
