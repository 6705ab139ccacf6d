import { describe, test } from '@jest/globals';
import { expectClean, expectFinding } from './harness.js';

const withoutServer = 'it has no schemas platform and extensions';
const ofTenant = { withoutServer };
const ofPlatform = { withoutServer, schema: 'platform' } as const;

describe('schema-qualified-name', () => {
  test('finds a table, type or function that is the same for all tenants', async () => {
    await expectFinding('schema-qualified-name', 'alter table public.orders add a text', ofTenant);
    await expectFinding('schema-qualified-name', 'create table "tenant_a"."notes" (id uuid)', ofTenant);
    await expectFinding('schema-qualified-name', 'insert into stores select * from platform.countries', ofTenant);
    await expectFinding(
      'schema-qualified-name',
      'create table notes (id uuid primary key, country text references platform.countries (code))',
      ofTenant,
    );
    await expectFinding('schema-qualified-name', 'create table notes (kind public.kind)', ofTenant);
    await expectFinding('schema-qualified-name', `create type public.kind as enum ('A')`, ofTenant);
    await expectFinding('schema-qualified-name', `select public.f()`, ofTenant);
    await expectFinding('schema-qualified-name', `drop function public.f()`, ofTenant);
  });

  test('is content with what all tenants share, and in migrations of the platform', async () => {
    await expectClean(
      'create table notes (id uuid, note text, words tsvector generated always as (platform.search_vector(note)) stored)',
      ofTenant,
    );
    await expectClean(
      'create table notes (note text); create index on notes using gin (note extensions.gin_trgm_ops)',
      ofTenant,
    );
    await expectClean('create table notes (note extensions.citext, at pg_catalog.timestamptz)', ofTenant);
    await expectClean('select * from pg_catalog.pg_class', ofTenant);
    await expectClean('create table platform.notes (id uuid primary key)', ofPlatform);
  });
});

describe('search-path', () => {
  test('finds one that is set, in whichever way', async () => {
    await expectFinding('search-path', 'set search_path = public', ofTenant);
    await expectFinding('search-path', 'set local search_path to default', ofTenant);
    await expectFinding('search-path', `select set_config('search_path', 'public', true)`, ofTenant);
    await expectFinding(
      'search-path',
      `create function f() returns int language sql set search_path = public as 'select 1'`,
      ofTenant,
    );
  });

  test('is content with a function that finds its tenant when it is called, and in migrations of the platform', async () => {
    await expectClean(
      `create function f() returns trigger language plpgsql as $$ begin
         perform set_config('search_path', tg_table_schema, true); return null; end $$`,
      ofTenant,
    );
    await expectClean('set local search_path = platform', ofPlatform);
  });
});

describe('create-extension', () => {
  test('finds what is there once for all tenants', async () => {
    await expectFinding('create-extension', 'create extension if not exists pg_trgm', ofTenant);
    await expectFinding('create-extension', 'do $$ begin create extension pg_trgm; end $$', ofTenant);
    await expectFinding('create-extension', 'create schema notes', ofTenant);
    await expectFinding('create-extension', 'create role clerk', ofTenant);
    await expectFinding(['drop-table', 'create-extension'], 'drop schema notes', ofTenant);
    await expectClean('create extension if not exists pg_trgm schema extensions', ofPlatform);
  });
});
