import { isEmail } from '../email.js';
import { quote } from '../errors.js';
import { checkText } from '../input-checks.js';
import { ProblemCode, type Problems } from '../problems.js';
import { isTimeZone } from '../time-zone.js';

/** Values of a user as somebody gives them; what is undefined stays as it is. */
export interface UserValues {
  email?: string | null;
  name?: string | null;
  timeZone?: string | null;
  language?: string | null;
}

/** Octets of an email address at the most (RFC 5321). */
const maxEmail = 254;

/** Characters of a language's tag at the most (RFC 5646 finds 35 enough for all but the strangest). */
const maxLanguage = 35;

/** The values as they are stored, without those that were not given. Reports what is wrong with them. */
export function checkUserValues(problems: Problems, values: UserValues): { [Key in keyof UserValues]?: string } {
  const email = checkText(problems, 'email', values.email, { max: maxEmail });
  if (email && !isMailbox(email)) {
    problems.add(ProblemCode.INVALID_EMAIL, 'email', `${quote(email)} is not an email address.`);
  }
  const name = checkText(problems, 'name', values.name);
  const timeZone = checkText(problems, 'timeZone', values.timeZone);
  if (timeZone && !isTimeZone(timeZone)) {
    const message = `${quote(timeZone)} is not a time zone; use a name of the IANA database, such as "Europe/London" or "UTC".`;
    problems.add(ProblemCode.UNKNOWN_TIME_ZONE, 'timeZone', message);
  }
  const language = checkText(problems, 'language', values.language, { max: maxLanguage });
  const tag = language && canonicalTag(language);
  if (language && !tag) {
    const message = `${quote(language)} is not the tag of a language; use one of BCP 47, such as "en" or "da-DK".`;
    problems.add(ProblemCode.INVALID_LANGUAGE, 'language', message);
  }
  return {
    ...(email !== undefined && { email }),
    ...(name !== undefined && { name }),
    ...(timeZone !== undefined && { timeZone }),
    ...(tag !== undefined && { language: tag }),
  };
}

/** Whether mail can be sent to it: signs that take apart lists of addresses or lines of a mail stand in none. */
function isMailbox(email: string): boolean {
  return isEmail(email) && !/[\p{Cc}\p{Cf}<>(),;:"\\[\]]/u.test(email);
}

function canonicalTag(language: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(language)[0];
  } catch {
    return undefined;
  }
}
