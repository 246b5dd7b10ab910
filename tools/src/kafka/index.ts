export { type KafkaCluster, type KafkaOptions, startKafka } from './cluster.js';
export { javaCommand, runKafkaTool } from './java.js';
export { checkKafkaVersion, defaultKafkaVersion, type KafkaVersion, kafkaRelease, kafkaVersions } from './versions.js';
