import rdkafka from 'node-rdkafka';

/** Adds partitions to a topic of real Kafka, until it has this many. */
export function addPartitions(brokers: string, topic: string, partitions: number): Promise<void> {
  const admin = rdkafka.AdminClient.create({ 'bootstrap.servers': brokers });
  return new Promise((resolve, reject) => {
    admin.createPartitions(topic, partitions, 5000, (error) => {
      admin.disconnect();
      if (error) reject(error);
      else resolve();
    });
  });
}
