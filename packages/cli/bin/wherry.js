#!/usr/bin/env node
try {
  await import('../dist/main.js');
} catch (error) {
  // Its library was not compiled, as npm did not run its install script, or was for another Node.
  if (!/bindings file|NODE_MODULE_VERSION/.test(String(error))) throw error;
  console.error(
    'error: node-rdkafka is not compiled for this Node: run "npm rebuild node-rdkafka" (needs Python 3, make and a C++ compiler), with ' +
      '"allowScripts": { "node-rdkafka": true } in package.json where npm asks for consent',
  );
  process.exit(1); // Node would report it a second time, with its stack
}
