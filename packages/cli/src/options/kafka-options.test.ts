import { builtInCompressions } from '@wherry/kafka';
import test from 'ava';
import { Command } from 'commander';
import { addKafkaOptions, offeredCompressions } from './kafka-options.js';

test('--compression offers every codec that is built in, and no other', (t) => {
  t.deepEqual(
    [...offeredCompressions],
    builtInCompressions().filter((name) => name !== 'zstd'),
  );
  t.regex(
    addKafkaOptions(new Command('any')).helpInformation(),
    /--compression <name> +how to compress records: none, lz4, snappy, gzip\s+\(default: none\)/,
  );
});
