import { invalidContact } from '../errors.js';

/** A way to reach a customer. */
export interface Contact {
  kind: 'email' | 'telephone';
  value: string;
}

/**
 * Tells an email address from a telephone number, as a person typed it.
 * @throws DomainError INVALID_CONTACT when it is neither
 */
export function parseContact(text: string): Contact {
  const value = text.trim();
  if (/^[^@\s]+@[^@\s]+$/.test(value)) {
    return { kind: 'email', value };
  }
  const digits = value.replace(/[^0-9]/g, '');
  const punctuated = /^[0-9+().\/\s-]+$/.test(value);
  if (!punctuated || digits.length < 3 || digits.length > 20) {
    throw invalidContact(text);
  }
  return { kind: 'telephone', value };
}
