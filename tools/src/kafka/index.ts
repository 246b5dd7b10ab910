export { type KafkaCluster, type KafkaOptions, startKafka } from './cluster.js';
export { javaCommand, runKafkaTool } from './java.js';
export { pomFile } from './paths.js';
