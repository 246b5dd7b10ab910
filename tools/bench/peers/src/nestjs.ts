import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientKafka,
  type KafkaOptions,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import type { Call } from '../../dist/load/load.js';
import type { BenchProcess, Setting } from '../../dist/processes/protocol.js';

// NestJS's request and reply over Kafka, with its defaults but for bodies that are bytes and not JSON.

const topicOf = ({ namespace }: Setting) => `${namespace}.nest`;

function optionsOf({ brokers, namespace }: Setting): NonNullable<KafkaOptions['options']> {
  return {
    client: { brokers: brokers.split(','), logLevel: logLevel.ERROR },
    consumer: { groupId: `${namespace}.nest` },
    subscribe: { fromBeginning: true },
    parser: { keepBinary: true },
  };
}

export async function startServer(setting: Setting): Promise<BenchProcess> {
  @Controller()
  class Echo {
    @MessagePattern(topicOf(setting))
    echo(body: Buffer): Buffer {
      return body;
    }
  }
  @Module({ controllers: [Echo] })
  class EchoModule {}
  const options: MicroserviceOptions = { transport: Transport.KAFKA, options: optionsOf(setting) };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(EchoModule, {
    ...options,
    logger: ['error', 'fatal'],
  });
  await app.listen();
  return { close: () => app.close() };
}

export async function startCaller(setting: Setting): Promise<BenchProcess> {
  const client = new ClientKafka(optionsOf(setting));
  const topic = topicOf(setting);
  client.subscribeToResponseOf(topic);
  await client.connect();
  const call: Call = (body, _waitMs, done) => {
    client.send<Buffer, Buffer>(topic, body).subscribe({
      next: (reply) => done(null, reply),
      error: (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    });
  };
  return { call, close: () => client.close() };
}
