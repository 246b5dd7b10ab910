/** Only for Wherry's own packages. */
export { kafkaErrors } from './log/log-error.js';
export { checkDuration, checkMessageLength, checkWholeNumber, maxRecordBytes } from './log/log-options.js';
