/**
 * Closes logs and readers in every state they may be in: `read-and-close BROKERS TOPIC`. It writes how many milliseconds
 * each closing took, as JSON, and its process ends by itself when nothing of them is left.
 */
import { openLog } from '@wherry/kafka';
import { Received } from './log-records.js';

const [brokers, topic = ''] = process.argv.slice(2);
if (brokers === undefined || topic === '') throw new Error('usage: read-and-close BROKERS TOPIC');
const options = { brokers, acknowledgements: true, onUndelivered: () => undefined, onTrouble: () => undefined };

const took: Record<string, number> = {};
async function closing(what: string, close: () => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  await close();
  took[what] = Math.round(performance.now() - begun);
}

// Nothing is there to be closed.
await openLog({ ...options, brokers: '127.0.0.1:1', connectTimeoutMs: 200 }).catch(() => undefined);

const log = await openLog(options);
// Records without end, but never more than the broker has taken: a slow machine would drown in them.
let streaming = true;
let produced = 0;
function stream(): void {
  if (!streaming) return;
  for (let n = 0; n < 49; n++) log.produce(topic, produced++ % 4, Buffer.from('k'), Buffer.alloc(2000));
  log.produce(topic, produced++ % 4, Buffer.from('k'), Buffer.alloc(2000), stream);
}
stream();

// At once after opening.
const partitionAtOnce = await log.readPartition({ topic, partition: 0, offset: 0, ...new Received() });
await closing('a partition at once', () => partitionAtOnce.close());
const groupAtOnce = await log.readGroup({ topic, group: `${topic}-at-once`, ...new Received() });
await closing('a group at once', () => groupAtOnce.close());

// While records stream in; twice, and at the same time.
const partition = new Received();
const group = new Received();
const readers = [
  await log.readPartition({ topic, partition: 1, offset: 0, ...partition }),
  await log.readGroup({ topic, group: `${topic}-streaming`, ...group }),
];
await Promise.all([partition.count(500), group.count(500)]);
await closing('both while records stream in', () =>
  Promise.all([...readers, ...readers].map((reader) => reader.close())),
);

// With readers that nobody closed but the log.
const left = new Received();
await log.readPartition({ topic, partition: 2, offset: 'end', ...left });
await log.readGroup({ topic, group: `${topic}-left`, ...new Received() });
await left.count(100);
streaming = false;
await closing('the log', () => Promise.all([log.close(), log.close()]));
await closing('the log again', () => log.close());
process.stdout.write(JSON.stringify(took));
