#!/bin/sh
# PostgreSQL's archive_command: `sh archive-wal.sh %p %f` puts a finished file of the log into $SERVER_BACKUPS/wal, whole or not
# at all. It fails rather than replace one with something else.
set -eu
to=${SERVER_BACKUPS:?is the folder of backups of the whole server}/wal/$2
mkdir -p -m 700 "${to%/*}"
if [ -e "$to" ]; then
  # After a crash PostgreSQL may ask again for what it had.
  exec cmp "$1" "$to"
fi
cp "$1" "$to.partial"
sync "$to.partial"
mv "$to.partial" "$to"
sync "${to%/*}"
