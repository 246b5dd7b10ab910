import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type KafkaVersion, kafkaRelease } from '@wherry/tools/kafka';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Names and versions of the programs that take part in a campaign. */
export function versions(kafka: KafkaVersion): (readonly [name: string, version: string])[] {
  const { version } = JSON.parse(readFileSync(`${root}packages/client/package.json`, 'utf8')) as { version: string };
  return [
    ['Wherry', `${version} (commit ${commit()})`],
    ['Kafka', kafkaRelease(kafka)],
    ['Node', process.versions.node],
  ];
}

/** Without git, or outside of a clone, nobody knows the commit. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}
