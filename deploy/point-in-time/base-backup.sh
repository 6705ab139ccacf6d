#!/bin/sh
# Copies all of a PostgreSQL server while it works into $SERVER_BACKUPS/base, whole or not at all. The newest $KEEP copies stay
# (7), with the log from the oldest of them on. Who connects, and to where, is said by PGUSER, PGHOST and so on; it needs a role
# that may replicate.
set -eu
all=${SERVER_BACKUPS:?is the folder of backups of the whole server}/base
keep=${KEEP:-7}
mkdir -p -m 700 "$all"
# What a killed run left behind.
find "$all" -maxdepth 1 -name 'partial.*' -mmin +1440 -exec rm -rf {} +

partial=$(mktemp -d "$all/partial.XXXXXX")
trap 'rm -rf "$partial"' EXIT
pg_basebackup --pgdata="$partial" --format=tar --gzip --wal-method=stream --checkpoint=fast --no-password
# The time of its end, before which it is of no use.
name=$(date -u +%Y%m%dT%H%M%SZ)
mv -T "$partial" "$all/$name"
echo "$all/$name: $(du -sh "$all/$name" | cut -f 1)"

complete() {
  find "$all" -mindepth 1 -maxdepth 1 -name '2*Z' | sort
}
complete | head -n "-$keep" | while read -r old; do
  rm -rf "$old"
done
oldest=$(complete | head -n 1)
first=$(tar --extract --gzip --to-stdout --occurrence=1 --file="$oldest/base.tar.gz" backup_label |
  sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p')
pg_archivecleanup "$SERVER_BACKUPS/wal" "${first:?is not told by the backup_label of $oldest}"
