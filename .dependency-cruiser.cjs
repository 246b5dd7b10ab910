/** What may import what: the table in DESIGN.md, as rules. */
const only = (name, allowed) => ({
  name: `${name}-imports`,
  severity: 'error',
  from: { path: `^packages/${name}/src`, pathNot: '\\.test\\.ts$' },
  to: { path: '^packages/', pathNot: [`^packages/${name}/`, ...allowed.map((other) => `^packages/${other}/`)] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'one-place-imports-node-rdkafka',
      comment: 'Only the adapter knows the client library; the benchmarks measure it.',
      severity: 'error',
      from: { pathNot: ['^packages/kafka/src', '^tools/src/bench', '^test/src/support'] },
      to: { path: 'node-rdkafka' },
    },
    {
      name: 'no-import-from-product-to-tests',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(test|tools|examples)/' },
    },
    only('wire', []),
    only('kafka', ['wire']),
    only('client', ['wire', 'kafka']),
    only('worker', ['wire', 'kafka']),
    only('gateway', ['client', 'worker']),
    only('otel', ['wire', 'kafka', 'client', 'worker']),
    only('codegen', []),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
