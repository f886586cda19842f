# Sourced by scripts/bench: what Andon is compared with, each installed beside the caches; one that cannot be is skipped with its reason.

# Installs Python packages into an environment of their own: VENV, a statement that needs them, and the packages.
python_peer() {
  local venv=$1 proof=$2
  shift 2
  "$venv/bin/python" -c "$proof" 2>/dev/null && return
  say "installing $* (pip) into $venv"
  { python3 -m venv "$venv" && "$venv/bin/pip" install -q "$@"; } >"$work/pip.log" 2>&1 && "$venv/bin/python" -c "$proof" 2>>"$work/pip.log" \
    || { peer_skipped="it could not be installed: $(tail -1 "$work/pip.log")"; return 1; }
}

versions() { "$1/bin/python" -c 'import sys; from importlib.metadata import version; print(", ".join(f"{name} {version(name)}" for name in sys.argv[1:]))' "${@:2}"; }

# A question for all rows may not take the machine with it: a MemoryError of the peer is an answer too.
serve_peer() {
  local venv=$1
  shift
  local most_kb
  most_kb=$(awk '/^MemAvailable/ { print int($2 * 3 / 4) }' /proc/meminfo)
  (ulimit -v "$most_kb"; DATABASE_URL="$url" exec "$venv/bin/python" "$@" >"$work/$(basename "$1" .py)-$2.log" 2>&1) &
  children+=($!)
}

start_dash() {
  local venv=$CACHE/dash
  if python_peer "$venv" 'import dash, plotly, pandas, sqlalchemy, psycopg2' dash plotly pandas SQLAlchemy psycopg2-binary; then
    serve_peer "$venv" end2end/bench/dash_app.py "$dash_port" 'CM_HAM_DO_AI1/Temp_value' 'CM_HAM_PH_AI1/pH_value' 'CM_PID_DO/Process_DO' 'CM_PRESSURE/Output'
    serve_peer "$venv" end2end/bench/dash_app.py "$dash_long_port" ten_million
    export DASH_BIOREACTOR=http://127.0.0.1:$dash_port DASH_LONG=http://127.0.0.1:$dash_long_port
    PEER_VERSIONS=$(versions "$venv" dash plotly pandas)
    export PEER_VERSIONS
  else
    say "Dash skipped: $peer_skipped"
    export DASH_SKIPPED=$peer_skipped
  fi
}

start_resampler() {
  local venv=$CACHE/dash-resampler
  if python_peer "$venv" 'import plotly_resampler, dash, pandas, sqlalchemy, psycopg2' plotly-resampler dash pandas SQLAlchemy psycopg2-binary; then
    serve_peer "$venv" end2end/bench/resampler_app.py "$resampler_port" ten_million
    RESAMPLER_PID=$!
    RESAMPLER_VERSIONS=$(versions "$venv" plotly-resampler dash plotly)
    export RESAMPLER_PID RESAMPLER_VERSIONS RESAMPLER=http://127.0.0.1:$resampler_port
  else
    say "plotly-resampler skipped: $peer_skipped"
    export RESAMPLER_SKIPPED=$peer_skipped
  fi
}

find_uplot() {
  local folder=$CACHE/uplot
  if [ ! -f "$folder/node_modules/uplot/dist/uPlot.iife.min.js" ]; then
    say "installing uplot (npm) into $folder"
    mkdir -p "$folder"
    (cd "$folder" && npm install --silent --no-audit --no-fund uplot) >"$work/npm.log" 2>&1 || true
  fi
  if [ -f "$folder/node_modules/uplot/dist/uPlot.iife.min.js" ]; then
    export UPLOT=$folder/node_modules/uplot
  else
    export UPLOT_SKIPPED="it could not be installed: $(tail -1 "$work/npm.log")"
    say "uPlot skipped: $UPLOT_SKIPPED"
  fi
}
