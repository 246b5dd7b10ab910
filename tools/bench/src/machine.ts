import { createRequire } from 'node:module';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import rdkafka from 'node-rdkafka';
import type { Broker } from './broker.js';

/** What the figures were measured on: names and values, in the order to print them. */
export function describeMachine(broker: Broker): Record<string, string> {
  const [load = 0] = loadavg();
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()} ${arch()}`,
    'load before': load.toFixed(2),
    kafka: broker.title,
    node: process.version,
    'node-rdkafka': `${versionOf('node-rdkafka')}, librdkafka ${rdkafka.librdkafkaVersion}`,
    'grpc-js': versionOf('@grpc/grpc-js'),
  };
}

function versionOf(name: string): string {
  return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
}
