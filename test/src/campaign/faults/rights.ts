import { type KafkaCluster, runKafkaTool } from '@wherry/tools/kafka';
import { pause, seconds } from '../time.js';
import type { FaultKind } from './fault.js';

const MIN_WITHOUT_MS = 2000;
const MAX_WITHOUT_MS = 10_000;

/**
 * Broker settings that let a right be taken away. Without a rule for a resource, everybody may do everything with it. Only the controllers
 * need a name and a password: they must be allowed to choose a leader before any of them has read the rules.
 */
export const authorizer = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': true,
  'super.users': 'User:controller',
  'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
  'sasl.mechanism.controller.protocol': 'PLAIN',
  'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.controller.plain.sasl.jaas.config':
    'org.apache.kafka.common.security.plain.PlainLoginModule required ' +
    'username="controller" password="local" user_controller="local";',
} as const;

export const groupRightTaken: FaultKind = {
  name: 'the right to read the group taken',
  draw: (random) => {
    const ms = random.int(MIN_WITHOUT_MS, MAX_WITHOUT_MS);
    return {
      what: `the workers' right to read their group taken for ${seconds(ms)}`,
      disturbsServers: false,
      // The group has the name of the request topic.
      strike: async ({ kafka, requestTopic, timeline, signal }) => {
        const givenBack = timeline.beginOutage('all');
        try {
          await changeRule(kafka, requestTopic, ['--add']);
          await pause(ms, signal);
        } finally {
          await changeRule(kafka, requestTopic, ['--remove', '--force']);
        }
        givenBack();
      },
    };
  },
};

async function changeRule(kafka: KafkaCluster, group: string, change: readonly string[]): Promise<void> {
  const rule = ['--deny-principal', 'User:ANONYMOUS', '--operation', 'Read', '--group', group];
  const args = ['--bootstrap-server', kafka.bootstrapServers, ...change, ...rule];
  await runKafkaTool('org.apache.kafka.tools.AclCommand', args, kafka.version);
}
