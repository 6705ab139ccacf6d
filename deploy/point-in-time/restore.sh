#!/bin/sh
# Makes a data folder of a server as it was at a moment, of the last base backup before it and the log:
#
#   PGDATA=/an/empty/folder sh restore.sh '2026-11-21 14:05:00+00'
#
# `latest` stands for all that the log has. Then start PostgreSQL on that folder, of the same major version: it reads the log up to
# the moment, and goes on from there. It archives nothing: its log is another one from then on, and beside that of the server which
# it was copied from, a later restore would follow it.
set -eu
moment=${1:?is missing: a moment such as "2026-11-21 14:05:00+00", or latest}
from=${SERVER_BACKUPS:?is the folder of backups of the whole server}
if [ -n "$(ls -A "${PGDATA:?is the folder to make}" 2>/dev/null)" ]; then
  echo "$PGDATA is not empty: name another folder." >&2
  exit 1
fi

if [ "$moment" = latest ]; then
  limit=9
else
  limit=$(date -u -d "$moment" +%Y%m%dT%H%M%SZ)
fi
bases=$(find "$from/base" -mindepth 1 -maxdepth 1 -name '2*Z' -printf '%f\n' | sort)
base=$(echo "$bases" | awk -v limit="$limit" '$0 < limit' | tail -n 1)
if [ -z "$base" ]; then
  echo "No base backup was complete before $moment; there are these:" >&2
  echo "$bases" >&2
  exit 1
fi

mkdir -p "$PGDATA"
chmod 700 "$PGDATA"
tar --extract --gzip --file="$from/base/$base/base.tar.gz" --directory="$PGDATA"
pg_verifybackup --no-parse-wal --manifest-path="$from/base/$base/backup_manifest" "$PGDATA"
tar --extract --gzip --file="$from/base/$base/pg_wal.tar.gz" --directory="$PGDATA/pg_wal"
cat >>"$PGDATA/postgresql.auto.conf" <<END
restore_command = 'cp "$from/wal/%f" "%p"'
recovery_target_action = 'promote'
archive_mode = off
END
if [ "$moment" != latest ]; then
  echo "recovery_target_time = '$(date -u -d "$moment" '+%Y-%m-%d %H:%M:%S.%6N+00')'" >>"$PGDATA/postgresql.auto.conf"
fi
touch "$PGDATA/recovery.signal"
echo "$PGDATA is made of the base backup $base; start PostgreSQL on it."
