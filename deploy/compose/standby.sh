#!/usr/bin/env bash
# A standby: copies the primary at its first start, and follows it from then on, until it is promoted.
set -euo pipefail

: "${PRIMARY:?the primary's host}" "${REPLICATION_PASSWORD:?the replicator's password}"
export PGDATA=${PGDATA:-/var/lib/postgresql/data}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # What an earlier attempt left is no copy.
    find "$PGDATA" -mindepth 1 -delete
    PGPASSWORD=$REPLICATION_PASSWORD pg_basebackup --write-recovery-conf --wal-method=stream \
        --checkpoint=fast --pgdata="$PGDATA" \
        --dbname="host=$PRIMARY user=replicator application_name=standby"
    chmod 700 "$PGDATA"
    # Promoted, it would wait for a standby that it does not have; name the new one when there is one.
    printf "synchronous_standby_names = ''\n" >>"$PGDATA/postgresql.auto.conf"
fi
exec postgres -c listen_addresses='*' -c hot_standby=on
