/** Only for Wherry's own packages. */
export { kafkaErrors } from './log/log-error.js';
export {
  checkDuration,
  checkMessageLength,
  checkWholeNumber,
  defaultConnectTimeoutMs,
  maxRecordBytes,
} from './log/log-options.js';
