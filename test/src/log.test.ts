import anyTest from 'ava';
import { logContract } from './log/log-contract.js';
import { rdkafkaLogs } from './log/log-kind.js';
import { realKafka, useBroker } from './support/brokers.js';

const test = anyTest;

logContract(test, rdkafkaLogs(realKafka === undefined, useBroker(test)));
