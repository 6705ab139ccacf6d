import type { Fields } from './fields.js';

/** Characters of an email address at the most, by RFC 5321. */
const maxEmail = 254;
const maxTelephone = 60;

/** As the table's check has it; servers differ in which characters beyond ASCII are blanks, so all of them are. */
const email = /^[^@\s\u0085\u180e]+@[^@\s\u0085\u180e]+$/;

/** An email address of a line; undefined where there is none. */
export function readEmail(fields: Fields, name: string): string | undefined {
  const text = fields.optionalText(name, { max: maxEmail });
  if (text !== undefined && !email.test(text)) {
    throw fields.refuse(
      'INVALID_EMAIL',
      name,
      'give an email address such as "arthur@cottington.example", or leave it out',
    );
  }
  return text;
}

/** A telephone number of a line; undefined where there is none. */
export function readTelephone(fields: Fields, name: string): string | undefined {
  const text = fields.optionalText(name, { max: maxTelephone });
  const digits = text?.replace(/[^0-9]/g, '').length ?? 3;
  if (digits < 3 || digits > 20) {
    throw fields.refuse('INVALID_TELEPHONE', name, 'give a telephone number with 3 to 20 digits, or leave it out');
  }
  return text;
}
