#!/usr/bin/env node
import { checkNode } from './check-node.js';

// Nothing else is imported before the check: an older Node may not understand the syntax of the rest.
const problem = checkNode(process.version);
if (problem === undefined) {
  import('../dist/main.js');
} else {
  console.error(problem);
  process.exitCode = 1;
}
