import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { platformSchema } from '../../../src/database/schemas.js';
import { makeUpRows } from '../../../src/migrate/check/made-up-rows.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { connected } from '../../support/server.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('empty');
});
afterAll(() => database.drop());

const makeUp = (...schemas: string[]) => connected(database.url, client => makeUpRows(client, schemas));

describe('Rows that are made up', () => {
  test('are found for each table of this project', async () => {
    expect(await makeUp(platformSchema, 'public')).toEqual([]);
    const [found] = await database.query(
      `select exists (select from order_items i join orders o on o.id = i.order_id join products p on p.id = i.product_id) as lines,
         exists (select from order_shipping_addresses a join orders o on o.id = a.order_id where o.fulfilment = 'SHIPPED') as shipped`,
    );
    expect(found).toEqual({ lines: true, shipped: true });
  });

  test('hold what constraints want, are the same each time, and are none where nothing fits', async () => {
    for (const schema of ['one', 'two']) {
      await database.query(
        `create schema ${schema};
         set local search_path to ${schema};
         create type size as enum ('SMALL', 'LARGE');
         create table planets (
           name text primary key check (name ~ '^[A-Z]{2,3}$'), state text not null check (state in ('BUILT', 'RAZED')),
           razed_at timestamptz, moon text unique references planets, length int generated always as (length(name)) stored,
           check ((state = 'RAZED') = (razed_at is not null)));
         create table houses (planet text references planets, number int generated always as identity, primary key (planet, number));
         create table carpets (
           planet text not null, house int not null, size size, price numeric check (price > 40), tags text[] not null,
           foreign key (planet, house) references houses);
         create table ships (id int generated always as identity primary key, name text not null);
         create table crew (ship int not null references ships, name text not null);
         create function check_crew() returns trigger language plpgsql as $$ begin
           if not exists (select from ${schema}.crew where ship = new.id) then
             raise 'Nobody is on %.', new.name;
           end if;
           return null;
         end $$;
         create constraint trigger check_crew after insert on ships deferrable initially deferred for each row execute function check_crew();
         create table nowhere (id int not null check (id > 1 and id < 1))`,
      );
    }
    expect(await makeUp('one', 'two')).toEqual(['one.nowhere', 'two.nowhere']);
    const rows = (schema: string) =>
      database.query(
        `select c.*, h.number, planets.* from ${schema}.carpets c join ${schema}.houses h on (c.planet, c.house) = (h.planet, h.number)
         join ${schema}.planets on name = h.planet order by 1, 2, 3`,
      );
    expect((await rows('one')).length).toBeGreaterThan(0);
    expect(await rows('one')).toEqual(await rows('two'));
    expect((await database.query('select from one.ships join one.crew on id = ship')).length).toBeGreaterThan(0);
  });
});
