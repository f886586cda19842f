# Sourced by scripts/bench: two hundred machines in ten lines at two sites, and one with a year behind it, for andon.toml. The running
# shift began eight full hours ago, at whatever hour the benchmark runs.

PLANT_MACHINES=200

plant_config() {
  local first number
  first=$(((10#$(date -u +%H) + 16) % 24))
  printf '[[calendar]]\nid = "halves"\nshift = [{ name = "First", hours = "%02d:00-%02d:00" }, { name = "Second", hours = "%02d:00-%02d:00" }]\n' \
    $first $(((first + 12) % 24)) $(((first + 12) % 24)) $first
  printf '[[site]]\nid = "%s"\nname = "%s"\ncalendar = "halves"\n' ulm Ulm bonn Bonn
  for ((number = 0; number < 10; number++)); do
    printf '[[line]]\nid = "line-%d"\nname = "Line %d"\nsite = "%s"\nconstraint = "m%d"\n' $number $number $([ $number -lt 5 ] && echo ulm || echo bonn) $number
  done
  printf '[[product]]\nid = "part"\nname = "Part"\nstandard = [{ ideal_cycle = "27s", value = "3.20 EUR" }]\n'
  printf '[[reason]]\nid = "tool"\nname = "Tool broken"\n[[reason]]\nid = "material"\nname = "No material"\n'
  for ((number = 0; number < PLANT_MACHINES; number++)); do
    printf '[[machine]]\nid = "m%d"\nname = "Machine %d"\nline = "line-%d"\ntarget = [{ oee = 80 }]\n' $number $number $((number % 10))
    printf '[[order]]\nid = "o%d"\nmachine = "m%d"\nproduct = "part"\nstart = "2020-01-01 00:00"\n' $number $number
  done
  printf '[[machine]]\nid = "year"\nname = "A year"\nsite = "ulm"\ntarget = [{ oee = 80 }]\n'
  printf '[[order]]\nid = "year"\nmachine = "year"\nproduct = "part"\nstart = "2020-01-01 00:00"\n'
}
