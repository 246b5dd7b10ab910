export { clientHas, type InteropCaseName, type InteropWay, interopCases, interopWays, wayName } from './matrix.js';
export { addResult, beginResults, resultsFolder } from './results.js';
