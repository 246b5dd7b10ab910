/**
 * The reason why a record cannot be read:
 *
 * - `foreign`: its key is not an envelope of any version, so another program wrote it;
 * - `version`: it is an envelope of a version that this reader does not know;
 * - `malformed`: it is an envelope of this version, but it breaks the format's rules;
 * - `limit`: it exceeds a limit, such as those of the registry;
 * - `sender`: it is an envelope of this version, but its sender cannot be a peer of the reader.
 */
export type RecordErrorReason = 'foreign' | 'version' | 'malformed' | 'limit' | 'sender';

/** Limits the text in characters: it goes into logs, and may repeat a name from the record, which may have any length. */
const MAX_DETAIL = 200;

/** The only error that {@link decodeRecord} throws. A reader of a topic counts it and continues with the next record. */
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
