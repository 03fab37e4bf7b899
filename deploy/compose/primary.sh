#!/usr/bin/env bash
# Runs once, when the primary's data is made: lets the standby follow, and has each commit wait for it.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --set=password="$REPLICATION_PASSWORD" <<'SQL'
CREATE ROLE replicator WITH REPLICATION LOGIN PASSWORD :'password';
-- From the next start on, which follows: until then nobody could confirm anything.
ALTER SYSTEM SET synchronous_standby_names = 'standby';
SQL
printf 'host replication replicator all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
