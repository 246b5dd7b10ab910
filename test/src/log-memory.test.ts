import { MemoryBroker } from '@wherry/kafka/memory';
import anyTest from 'ava';
import { groupContract } from './log/group-contract.js';
import { logContract } from './log/log-contract.js';
import { memoryLogs } from './log/log-kind.js';

const test = anyTest;
const kind = memoryLogs(new MemoryBroker());

logContract(test, kind);
groupContract(test, { ...kind, name: 'in memory', assigns: 'at once' });
