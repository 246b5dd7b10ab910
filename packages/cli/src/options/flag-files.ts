import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Reads the file that a flag names.
 *
 * @throws Error that names the flag, if the file cannot be read.
 */
export function readFlagFile(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${flag}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads the certificates (PEM) in the file that a flag names. This function checks them, because Node takes a file without
 * certificates for an empty list of authorities.
 *
 * @throws Error that names the flag, if the file cannot be read or holds no certificates.
 */
export function readFlagCertificates(flag: string, file: string): Buffer {
  const pem = readFlagFile(flag, file);
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new Error(`${flag}: ${file} does not hold certificates (PEM)`, { cause: error });
  }
  return pem;
}
