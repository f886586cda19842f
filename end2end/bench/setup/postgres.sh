# Sourced by scripts/bench: a Postgres of its own in $work, as initdb makes it, but for what only makes the loading faster.

initdb=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1 || true)
initdb=${initdb:-$(command -v initdb || true)}
[ -n "$initdb" ] || fail "no PostgreSQL on this machine; run scripts/setup tests"
pg=$(dirname "$(readlink -f "$initdb")")
url="postgresql:///bench?host=$work&user=postgres"

# Postgres refuses to run as root.
as_postgres() (
  cd /
  if [ "$(id -u)" = 0 ]; then exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else exec "$@"; fi
)
sql() { "$pg/psql" -h "$work" -U postgres -d "${database:-bench}" -q -v ON_ERROR_STOP=1 "$@" >/dev/null; }

start_postgres() {
  say "starting a Postgres of its own"
  [ "$(id -u)" != 0 ] || chown postgres: "$work"
  as_postgres "$initdb" -D "$work/cluster" -U postgres -A trust -E UTF8 --locale C.UTF-8 >"$work/initdb.log" 2>&1 \
    || fail "initdb failed: $(tail -1 "$work/initdb.log")"
  # No network: the directory of the socket is closed to others, so that no password is needed. Without a standby, a table
  # that is filled where it is created needs no log.
  as_postgres "$pg/pg_ctl" -D "$work/cluster" -l "$work/postgres.log" -s -w start \
    -o "-c listen_addresses='' -c unix_socket_directories='$work' -c fsync=off -c max_wal_size=4GB -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0" \
    || fail "Postgres did not start: $(tail -1 "$work/postgres.log")"
  POSTGRES_PID=$(as_postgres head -1 "$work/cluster/postmaster.pid")
  export POSTGRES_PID
}

stop_postgres() { as_postgres "$pg/pg_ctl" -D "$work/cluster" -m immediate -s stop 2>/dev/null || true; }
