/** As much of a terminal as its size needs. A stream that is no terminal has neither property. */
interface Sized {
  readonly columns?: number;
  readonly rows?: number;
}

/** Narrower lines would not hold a time and a name. */
const LEAST_COLUMNS = 20;

/**
 * Returns the size to draw for. A terminal of unknown size says that it has 0 columns and rows, as in some containers and serial
 * lines; for that, and for a stream that is no terminal, the given size counts.
 */
export function sizeOf({ columns, rows }: Sized, otherwise: { readonly columns: number; readonly rows: number }) {
  return { columns: Math.max(LEAST_COLUMNS, columns || otherwise.columns), rows: rows || otherwise.rows };
}
