# Sourced by every script: where things are, which toolchain is used, and how to speak.
# Sets ROOT, CACHE, TOOLS, CARGO_TARGET_DIR and PATH; defines say, fail, have and as_root.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${ANDON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/andon}
TOOLS=$CACHE/tools
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}

WASM=wasm32-unknown-unknown

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf '\033[1;31merror:\033[0m %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root where that is possible without a question.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo; then sudo -n "$@"
  else return 1; fi
}

# True when the rustc found first on the given PATH can build for the browser.
has_wasm_target() {
  local sysroot
  sysroot=$(PATH=$1 rustc --print sysroot 2>/dev/null) || return 1
  compgen -G "$sysroot/lib/rustlib/$WASM/lib/libcore-*.rlib" >/dev/null
}

# Debian's rustc lives in /usr/bin, so that directory must come before rustup's shims when it is the one we use.
choose_toolchain() {
  local debian="$TOOLS/bin:/usr/bin:$PATH_BEFORE" rustup="$TOOLS/bin:$PATH_BEFORE"
  if has_wasm_target "$rustup"; then PATH=$rustup
  elif has_wasm_target "$debian"; then PATH=$debian
  else PATH=$rustup; return 1; fi
}

PATH_BEFORE=${PATH_BEFORE:-$PATH}
export PATH_BEFORE PATH
choose_toolchain || true
