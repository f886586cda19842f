# Sourced by scripts/bench: an MQTT broker of its own in $work, where mosquitto is installed.

mosquitto=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v mosquitto || true)

# More messages on their way than its 20, as the README recommends.
start_broker() {
  if [ -z "$mosquitto" ] || ! have mosquitto_pub; then
    export BROKER_SKIPPED="mosquitto is not installed; scripts/setup tests installs it"
    say "MQTT skipped: $BROKER_SKIPPED"
    return
  fi
  cat >"$work/mosquitto.conf" <<CONF
listener $broker_port 127.0.0.1
allow_anonymous true
persistence false
max_inflight_messages 1000
max_queued_messages 0
CONF
  "$mosquitto" -c "$work/mosquitto.conf" >"$work/mosquitto.log" 2>&1 &
  children+=($!)
  export BROKER_PORT=$broker_port
}
