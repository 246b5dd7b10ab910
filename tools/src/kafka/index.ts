export { type KafkaCluster, type KafkaOptions, startKafka } from './cluster.js';
export { javaCommand } from './java.js';
export { pomFile } from './paths.js';
