-- The role that an installation works with, and its database: run it once, as a superuser, with psql, and a password of
-- your own:
--
--   psql --set ON_ERROR_STOP=1 --set password='…' --file deploy/create-role.sql postgresql://postgres@host/postgres
--
-- The role owns its database and what stands in it, since it makes schemas of shops and migrates them. It can do nothing
-- else on the server: it is no superuser, makes no roles and no databases, replicates nothing, and passes no row security.
-- Others cannot connect to its database.
create role pier2 login password :'password' nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
create database pier2 owner pier2;
revoke all on database pier2 from public;
