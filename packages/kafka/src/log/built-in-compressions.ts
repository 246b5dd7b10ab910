import rdkafka from 'node-rdkafka';
import { type Compression, compressions } from './log-options.js';

/** The codecs that this build of librdkafka has. It has `zstd` only if libzstd was on the machine that built it. */
export function builtInCompressions(): readonly Compression[] {
  return compressions.filter((name) => name === 'none' || rdkafka.features.includes(name));
}
