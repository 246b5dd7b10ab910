import type { Random } from '../random.js';
import { pause } from '../time.js';
import type { FaultKind, Ground } from './fault.js';
import { type ForgedRecord, forgeRecord, forgeRegistryRecord, type Known } from './forged-records.js';

const RECORDS = 3000;
/** How many records are written at a time, and how long the flood waits after them: 1,000 records a second. */
const BATCH = 50;
const BATCH_MS = 50;
const FLUSH_LIMIT_MS = 10_000;
/** One in so many records goes to the registry topic. The others go to the request topic and to inboxes in equal parts. */
const REGISTRY_ONE_IN = 10;

export const flood: FaultKind = {
  name: 'a flood of forged records',
  draw: (random) => {
    const contents = random.fork();
    return {
      what: `${RECORDS} malformed, foreign and forged records`,
      disturbsServers: false,
      strike: async (ground) => {
        const known = await lookAround(ground);
        for (let written = 0; written < RECORDS && !ground.signal.aborted; written += BATCH) {
          for (let n = 0; n < BATCH; n++) writeOne(ground, known, contents);
          await pause(BATCH_MS, ground.signal);
        }
        await ground.log.flush(FLUSH_LIMIT_MS);
      },
    };
  },
};

async function lookAround({ log, namespace, requestTopic }: Ground): Promise<Known> {
  return {
    namespace,
    inboxes: await log.topics(`${namespace}.inbox.`),
    partitions: await log.partitions(requestTopic),
  };
}

function writeOne({ log, namespace, requestTopic }: Ground, known: Known, random: Random): void {
  const write = (topic: string, partition: number, { key, value }: ForgedRecord): void =>
    // A producer of Wherry's always has a key; that of others may not.
    log.produce(topic, partition, key as Buffer, value);
  if (random.int(1, REGISTRY_ONE_IN) === 1) {
    write(`${namespace}.registry`, 0, forgeRegistryRecord(random, known));
  } else if (random.int(0, 1) === 0 || known.inboxes.length === 0) {
    write(requestTopic, random.int(0, known.partitions - 1), forgeRecord(random, known));
  } else {
    write(random.pick(known.inboxes), 0, forgeRecord(random, known));
  }
}
