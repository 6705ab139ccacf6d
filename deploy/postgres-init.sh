#!/bin/sh
# Runs in the image `postgres` once, when the volume of its data is new.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$PIER2_PASSWORD" --username "$POSTGRES_USER" --dbname postgres \
  --file /opt/pier2/create-role.sql
