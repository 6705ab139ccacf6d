import { type MailText, oneLine } from './write-mail.js';

/** What mails about an account need to know of the installation and the shop. */
export interface AppLink {
  /** The front end. */
  appUrl: string;
  /** The shop's name, by which requests name it. */
  tenant: string;
}

/** Whom a mail is for. */
interface Reader {
  name: string;
  /** Their language as a BCP 47 tag. */
  language: string;
}

/** Asks somebody who was invited to choose a password. */
export function invitationMail(reader: Reader, link: AppLink, token: string, days: number): MailText {
  const [name, tenant, url] = [oneLine(reader.name), oneLine(link.tenant), linkTo(link, 'activate', token)];
  return isDanish(reader)
    ? {
        subject: `Din konto hos ${tenant}`,
        body: letter(
          `Hej ${name}`,
          `Du er inviteret til ${tenant}. Vælg en adgangskode her inden for ${days} dage:`,
          url,
          'Venter du ikke denne mail, så se bort fra den.',
        ),
      }
    : {
        subject: `Your account at ${tenant}`,
        body: letter(
          `Hello ${name},`,
          `You were invited to ${tenant}. Choose a password here within ${days} days:`,
          url,
          'If you did not expect this mail, do nothing.',
        ),
      };
}

/** Lets somebody choose another password. */
export function passwordResetMail(reader: Reader, link: AppLink, token: string, minutes: number): MailText {
  const [name, tenant, url] = [oneLine(reader.name), oneLine(link.tenant), linkTo(link, 'reset-password', token)];
  return isDanish(reader)
    ? {
        subject: `Ny adgangskode til ${tenant}`,
        body: letter(
          `Hej ${name}`,
          `Nogen har bedt om en ny adgangskode til din konto hos ${tenant}. Vælg den her inden for ${minutes} minutter:`,
          url,
          'Var det ikke dig, så gør ingenting: din adgangskode er uændret.',
        ),
      }
    : {
        subject: `A new password for ${tenant}`,
        body: letter(
          `Hello ${name},`,
          `Somebody asked for a new password for your account at ${tenant}. Choose it here within ${minutes} minutes:`,
          url,
          'If it was not you, do nothing: your password is unchanged.',
        ),
      };
}

/** Tells somebody that their password is another one, which they should know of if it was not them. */
export function passwordChangedMail(reader: Reader, link: AppLink): MailText {
  const [name, tenant] = [oneLine(reader.name), oneLine(link.tenant)];
  return isDanish(reader)
    ? {
        subject: `Din adgangskode til ${tenant} er ændret`,
        body: letter(
          `Hej ${name}`,
          `Din adgangskode til ${tenant} er ændret, og du er logget ud alle andre steder.`,
          'Var det ikke dig, så bed straks om en ny adgangskode, og sig det til ejeren.',
        ),
      }
    : {
        subject: `Your password for ${tenant} was changed`,
        body: letter(
          `Hello ${name},`,
          `Your password for ${tenant} was changed, and you were signed out everywhere else.`,
          'If it was not you, ask for a new password at once, and tell the owner.',
        ),
      };
}

function linkTo({ appUrl, tenant }: AppLink, page: string, token: string): string {
  return `${appUrl}/${page}?${new URLSearchParams({ tenant, token }).toString()}`;
}

function isDanish({ language }: Reader): boolean {
  return new Intl.Locale(language).language === 'da';
}

function letter(...paragraphs: string[]): string {
  return `${paragraphs.join('\n\n')}\n`;
}
