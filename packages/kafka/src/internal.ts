/** For Wherry's own packages alone. */
export { kafkaErrors } from './log/log-error.js';
export { checkDuration, checkMessageLength, checkWholeNumber, maxRecordBytes } from './log/log-options.js';
