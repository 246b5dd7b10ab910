/**
 * Why a record cannot be read:
 *
 * - `foreign`: its key is no envelope of any version, so something else wrote it;
 * - `version`: an envelope of a version that this reader does not know;
 * - `malformed`: an envelope of this version that breaks the format's rules.
 */
export type RecordErrorReason = 'foreign' | 'version' | 'malformed';

/** What was wrong may repeat a name that was in the record, of whatever length, and goes into logs. */
const MAX_DETAIL = 200;

/** The one error of {@link decodeRecord}: whoever reads a topic counts it and goes on with the next record. */
export class RecordError extends Error {
  override readonly name = 'RecordError';

  constructor(
    readonly reason: RecordErrorReason,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${reason} record: ${detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}...` : detail}`, options);
  }
}
