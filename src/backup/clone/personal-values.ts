import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { hashPassword } from '../../auth/passwords.js';
import { telephoneKey } from '../../customers/customer.entity.js';
import { emailKey } from '../../email.js';
import type { Asks } from '../../migrate/fingerprint.js';
import { addressDecisions, historyDecisions, type PersonalKind } from './decisions.js';
import { firstNames, lastNames, plainWords, streets } from './plausible-words.js';

/** Who is no person: names of programs in histories, and what an erasure leaves. */
const programs = ['anonymous', 'pier2 import', 'pier2 tenants', 'pier2 users', 'registration', '(erased)'];

/** Settings that functions read, which end with the transaction. */
const settings = { key: 'pier2.clone_key', passwordHash: 'pier2.clone_password_hash' };

const list = (values: readonly string[]) => `array[${values.map(value => pg.escapeLiteral(value)).join(', ')}]`;

const json = (value: object) => `${pg.escapeLiteral(JSON.stringify(value))}::jsonb`;

/** What is the same for names that differ in case and in blanks around them alone. */
const nameKey = (value: string) => `lower(btrim(${value}) collate "und-x-icu")`;

interface SqlFunction {
  takes: string;
  gives: string;
  declare?: string;
  body: string;
}

/** One of the words in place of another: never the same one again. */
const pickName = (words: readonly string[], kind: string): SqlFunction => ({
  takes: 'value text',
  gives: 'text',
  declare: `name_key text := ${nameKey('value')}; place int; picked text;`,
  body: `
    if name_key = '' then
      return value;
    end if;
    place := HERE.number_of(HERE.hash_of('${kind}', name_key), 0) % ${words.length};
    picked := (${list(words)})[1 + place];
    return case when lower(picked) = name_key then (${list(words)})[1 + (place + 1) % ${words.length}] else picked end;`,
});

/**
 * The functions that make values of values, each by its name; `HERE` stands for the schema that they are made in. Whatever
 * they choose they choose by a hash of the value and a key, so one value becomes the same one wherever it stands, and without
 * the key nobody can tell which value it was, not even by trying all.
 */
const functions: Record<string, SqlFunction> = {
  hash_of: {
    takes: 'kind text, value text',
    gives: 'bytea',
    body: `return sha256(decode(current_setting('${settings.key}'), 'hex') || convert_to(kind || ':' || value, 'UTF8'));`,
  },
  number_of: {
    takes: 'hash bytea, place int',
    gives: 'int',
    body: `return ((get_byte(hash, place) & 127) << 24) + (get_byte(hash, place + 1) << 16)
      + (get_byte(hash, place + 2) << 8) + get_byte(hash, place + 3);`,
  },
  firstName: pickName(firstNames, 'first name'),
  lastName: pickName(lastNames, 'last name'),
  fullName: {
    takes: 'value text',
    gives: 'text',
    declare: `parts text[] := regexp_match(btrim(value), '^(.*\\S)\\s+(\\S+)$');`,
    body: `
    if parts is null then
      return HERE."firstName"(value);
    end if;
    return HERE."firstName"(parts[1]) || ' ' || HERE."lastName"(parts[2]);`,
  },
  actor: {
    takes: 'value text',
    gives: 'text',
    body: `
    return case when value = any (${list(programs)}) then value
      when strpos(value, '@') > 0 then HERE.email(value) else HERE."fullName"(value) end;`,
  },
  // A domain that receives no mail, by RFC 2606. The digits keep the addresses of millions apart.
  email: {
    takes: 'value text',
    gives: 'text',
    declare: `hash bytea := HERE.hash_of('email', ${emailKey('value')});`,
    body: `
    return lower((${list(firstNames)})[1 + HERE.number_of(hash, 0) % ${firstNames.length}] || '.'
      || (${list(lastNames)})[1 + HERE.number_of(hash, 4) % ${lastNames.length}]) || '.'
      || encode(substr(hash, 9, 6), 'hex') || '@example.com';`,
  },
  // No country has the code 999, so nobody is called.
  telephone: {
    takes: 'value text',
    gives: 'text',
    declare: `hash bytea := HERE.hash_of('telephone', ${telephoneKey('value')});
      number text := lpad((HERE.number_of(hash, 0)::bigint * 2147483648 + HERE.number_of(hash, 4))::text, 20, '0');`,
    body: `return '+999 ' || substr(number, 5, 4) || ' ' || substr(number, 9, 4) || ' ' || substr(number, 13, 4) || ' ' || substr(number, 17);`,
  },
  street: {
    takes: 'value text',
    gives: 'text',
    declare: `hash bytea := HERE.hash_of('street', ${nameKey('value')});`,
    body: `return 1 + HERE.number_of(hash, 0) % 199 || ' ' || (${list(streets)})[1 + HERE.number_of(hash, 4) % ${streets.length}];`,
  },
  addressLine: {
    takes: 'value text',
    gives: 'text',
    body: `
    return case when btrim(value) = '' then value
      else 'Unit ' || 1 + HERE.number_of(HERE.hash_of('address line', ${nameKey('value')}), 0) % 99 end;`,
  },
  // About as many words as there were, 2 to 32.
  text: {
    takes: 'value text',
    gives: 'text',
    declare: `hash bytea := HERE.hash_of('text', value); made text;`,
    body: `
    if btrim(value) = '' then
      return value;
    end if;
    made := (select string_agg((${list(plainWords)})[1 + get_byte(hash, place) % ${plainWords.length}], ' ' order by place)
      from generate_series(0, least(31, 1 + length(value) / 6)) place);
    return upper(left(made, 1)) || substr(made, 2);`,
  },
  tag: {
    takes: 'value text',
    gives: 'text',
    declare: `hash bytea := HERE.hash_of('tag', ${nameKey('value')});`,
    body: `return (${list(plainWords)})[1 + get_byte(hash, 0) % ${plainWords.length}] || '-' || encode(substr(hash, 2, 3), 'hex');`,
  },
  tags: {
    takes: 'value text[]',
    gives: 'text[]',
    body: `return array(select HERE.tag(t) from unnest(value) with ordinality u(t, place) order by place);`,
  },
  passwordHash: {
    takes: 'value text',
    gives: 'text',
    body: `return current_setting('${settings.passwordHash}');`,
  },
  // What is no text is no value of these kinds, so nothing takes its place.
  ofJson: {
    takes: 'kind text, value jsonb',
    gives: 'jsonb',
    declare: `held text := value #>> '{}';`,
    body: `
    return case jsonb_typeof(value)
      when 'array' then (select coalesce(jsonb_agg(HERE."ofJson"(kind, item) order by place), '[]')
        from jsonb_array_elements(value) with ordinality i(item, place))
      when 'object' then case when kind = 'addresses' then (
        select jsonb_object_agg(key, case ${json(addressDecisions())} ->> key when 'kept' then part
          else HERE."ofJson"(${json(addressDecisions())} ->> key, part) end) from jsonb_each(value) p(key, part)) end
      when 'string' then case kind
        when 'email' then to_jsonb(HERE.email(held))
        when 'telephone' then to_jsonb(HERE.telephone(held))
        when 'firstName' then to_jsonb(HERE."firstName"(held))
        when 'lastName' then to_jsonb(HERE."lastName"(held))
        when 'fullName' then to_jsonb(HERE."fullName"(held))
        when 'street' then to_jsonb(HERE.street(held))
        when 'addressLine' then to_jsonb(HERE."addressLine"(held))
        when 'text' then to_jsonb(HERE.text(held))
        when 'tags' then to_jsonb(HERE.tag(held)) end
      end;`,
  },
  changes: {
    takes: 'subject_type text, value jsonb',
    gives: 'jsonb',
    declare: `decisions jsonb := ${json(historyDecisions())} -> subject_type;`,
    body: `
    return coalesce((
      select jsonb_agg(case decision when 'kept' then change else jsonb_build_object('field', change -> 'field',
        'before', HERE."ofJson"(decision, change -> 'before'), 'after', HERE."ofJson"(decision, change -> 'after')) end
        order by place)
      from (select change, place, decisions ->> (change ->> 'field') as decision
        from jsonb_array_elements(value) with ordinality c(change, place)) decided), '[]');`,
  },
};

/**
 * Makes other values of personal ones within a transaction, with a key that nobody has when it is over. Its functions stand in
 * a schema of their own, which is gone before anybody else could see it.
 */
export class PersonalValues {
  readonly #schema = pg.escapeIdentifier(`pier2_clone_${randomBytes(8).toString('hex')}`);

  private constructor(private readonly db: Asks) {}

  static async begin(db: Asks): Promise<PersonalValues> {
    const values = new PersonalValues(db);
    await values.#create();
    return values;
  }

  /** What takes the place of a column's value, as SQL over the row `t`. */
  inPlaceOf(column: string, kind: PersonalKind): string {
    const replaced = `t.${pg.escapeIdentifier(column)}`;
    return `${this.#schema}.${pg.escapeIdentifier(kind)}(${kind === 'changes' ? `t.subject_type, ${replaced}` : replaced})`;
  }

  async end(): Promise<void> {
    await this.db.query(`drop schema ${this.#schema} cascade`);
  }

  async #create(): Promise<void> {
    await this.db.query(`create schema ${this.#schema}`);
    for (const [name, { takes, gives, declare = '', body }] of Object.entries(functions)) {
      const source = `declare ${declare} begin ${body} end`.replaceAll('HERE', this.#schema);
      await this.db.query(
        `create function ${this.#schema}.${pg.escapeIdentifier(name)}(${takes}) returns ${gives} language plpgsql stable strict
         as ${pg.escapeLiteral(source)}`,
      );
    }
    const key = randomBytes(32).toString('hex');
    // Of a password that nobody has seen.
    const passwordHash = await hashPassword(randomBytes(32).toString('base64url'));
    await this.db.query(
      `select set_config('${settings.key}', $1, true), set_config('${settings.passwordHash}', $2, true)`,
      [key, passwordHash],
    );
  }
}
