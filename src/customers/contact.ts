import { isEmail } from '../email.js';
import { invalidContact } from '../errors.js';

/** A way to reach a customer. */
export interface Contact {
  kind: 'email' | 'telephone';
  value: string;
}

/** Whether a text is a telephone number: 3 to 20 digits, and what people write between them. */
export function isTelephone(text: string): boolean {
  const digits = text.replace(/[^0-9]/g, '');
  return /^[0-9+().\/\s-]+$/.test(text) && digits.length >= 3 && digits.length <= 20;
}

/**
 * Tells an email address from a telephone number, as a person typed it.
 * @throws DomainError INVALID_CONTACT when it is neither
 */
export function parseContact(text: string): Contact {
  const value = text.trim();
  if (isEmail(value)) {
    return { kind: 'email', value };
  }
  if (!isTelephone(value)) {
    throw invalidContact(text);
  }
  return { kind: 'telephone', value };
}
