import { type Log, openLog } from '@wherry/kafka';
import { startKafka } from '@wherry/tools/kafka';
import test from 'ava';
import { run } from './support/wherry-command.js';

test('commands that only read make no topic, also if the brokers make every topic that they are asked about', async (t) => {
  t.timeout(600_000);
  await using kafka = await startKafka({ settings: { 'auto.create.topics.enable': true } });
  const brokers = kafka.bootstrapServers;
  const nothing = (): void => undefined;
  await using log: Log = await openLog({
    brokers,
    acknowledgements: false,
    onUndelivered: nothing,
    onTrouble: nothing,
  });
  for (const args of [['call', '--list'], ['call', '--list', 'a.B'], ['call', '--describe', 'a.B'], ['sweep']]) {
    await run(t, [...args, '--brokers', brokers]);
    t.deepEqual(await log.topics(''), [], args.join(' '));
  }
  // A caller makes the topics that it needs, and only these.
  await run(t, ['call', 'a.B/C', '--brokers', brokers]);
  t.deepEqual(
    (await log.topics('')).filter((name) => !name.startsWith('__')),
    ['wherry.registry'],
  );
});
