# Sourced by scripts/bench: the measured server, open for readings without a token, with its tables in the benchmark's Postgres.

start_andon() {
  {
    printf '[ingest]\nanonymous = true\n'
    [ -z "${BROKER_PORT:-}" ] || cat <<CONF
[[mqtt]]
url = "mqtt://127.0.0.1:$BROKER_PORT"
client_id = "bench"
qos = 1
[[mqtt.topic]]
filter = "bench/+"
series = "mqtt/{1}"
value = "/v"
time = "/t"
time_format = "ms"
CONF
    ! wants oee || plant_config
  } >"$work/andon.toml"
  clean_env=(env)
  local name
  for name in POSTGRES_{HOST,PORT,USER,PASSWORD,DB} ANDON_{CONFIG,SCHEMA,TIMEZONE} RUST_LOG; do clean_env+=(-u "$name"); done
  "${clean_env[@]}" DATABASE_URL="$url" ANDON_CONFIG="$work/andon.toml" ANDON_LISTEN="127.0.0.1:$port" ANDON_DATA_DIR="$work/andon" \
    LEPTOS_SITE_ROOT="$site" "$ANDON_BIN" serve 2>"$work/andon.log" &
  children+=($!)
  ANDON_PID=$!
  export PLANT_MACHINES ANDON_PID ANDON_BUILD ANDON_BIN ANDON=http://127.0.0.1:$port
}
