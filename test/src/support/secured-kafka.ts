import type { KafkaConnectionOptions } from '@wherry/kafka';
import { type KafkaCluster, startKafka } from '@wherry/tools/kafka';
import { AclClient } from './acl-client.js';

const ADMIN = 'admin';

/** A real Kafka whose users log in with SASL and have no rights but those that {@link SecuredKafka.acls} gives them. */
export class SecuredKafka implements AsyncDisposable {
  readonly acls: AclClient;
  readonly #cluster: KafkaCluster;

  static async start(users: readonly string[]): Promise<SecuredKafka> {
    const login = [ADMIN, ...users].map((user) => `user_${user}="${passwordOf(user)}"`).join(' ');
    const cluster = await startKafka({
      settings: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        // The controller has a listener of its own, without names.
        'super.users': `User:${ADMIN};User:ANONYMOUS`,
        'listener.security.protocol.map': 'BROKER:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
        'sasl.mechanism.inter.broker.protocol': 'PLAIN',
        'listener.name.broker.sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.broker.plain.sasl.jaas.config':
          'org.apache.kafka.common.security.plain.PlainLoginModule required ' +
          `username="${ADMIN}" password="${passwordOf(ADMIN)}" ${login};`,
      },
    });
    try {
      return new SecuredKafka(cluster, await AclClient.open(cluster.bootstrapServers, ADMIN, passwordOf(ADMIN)));
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  private constructor(cluster: KafkaCluster, acls: AclClient) {
    this.#cluster = cluster;
    this.acls = acls;
  }

  get brokers(): string {
    return this.#cluster.bootstrapServers;
  }

  /** The options with which a user logs in. */
  as(user: string): Pick<KafkaConnectionOptions, 'brokers' | 'kafka'> {
    return {
      brokers: this.brokers,
      kafka: {
        'security.protocol': 'sasl_plaintext',
        'sasl.mechanism': 'PLAIN',
        'sasl.username': user,
        'sasl.password': passwordOf(user),
      },
    };
  }

  /** The options of a user whom no rule restricts. */
  get asAdmin(): Pick<KafkaConnectionOptions, 'brokers' | 'kafka'> {
    return this.as(ADMIN);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.acls[Symbol.asyncDispose]();
    await this.#cluster.close();
  }
}

function passwordOf(user: string): string {
  return `password-of-${user}`;
}
