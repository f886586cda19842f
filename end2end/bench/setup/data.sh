# Sourced by scripts/bench: the tables of others that Andon finds. Real rows, each of them; every value a sum of waves and noise.

data=$ROOT/../shared/data/bioreactor
[ ! -d end2end/data/bioreactor ] || data=$ROOT/end2end/data/bioreactor
[ -f "$data/load.sql" ] || fail "no bioreactor data in $data; it lies in ../shared/data beside the checkout"

load_bioreactor() {
  database=postgres sql -c 'CREATE DATABASE bench'
  (cd "$data" && sql -c 'SET client_min_messages = warning' -f load.sql)
}

# A table NAME of ROWS rows from 2014 on, one every STEP seconds.
load_waves() {
  local name=$1 rows=$2 step=$3
  say "loading $rows rows, one every $step s, into $name"
  sql <<SQL
SELECT setseed(0.5);
BEGIN;
CREATE TABLE public.$name ("time" timestamp without time zone, value double precision);
INSERT INTO public.$name
  SELECT timestamp '2014-01-01' + s * interval '$step seconds', 50 + 20 * sin(s / 13750.0) + 5 * sin(s / 600.0) + random()
  FROM generate_series(0, $rows - 1) s;
CREATE INDEX ON public.$name ("time");
COMMIT;
VACUUM ANALYZE public.$name;
SQL
}
