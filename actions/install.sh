#!/usr/bin/env bash
# Provides an action with what it needs and runs it: a Python, a private folder of packages, the suite next to this file.
#
#   install.sh run NAME [ARGUMENT ...]   runs `credex-actions NAME ARGUMENT ...`; installs first what requirements/NAME.txt pins
#   install.sh script NAME FILE          runs the Python file FILE with the packages of NAME
#   install.sh command FOLDER            writes FOLDER/credex-actions, which does the same for any command
#
# A release has its packages beside the suite, in packages/: there `run` and `script` find a Python for start.py, which comes back with `installing` before them if the command
# needs a package that has to be compiled.
#
# All it writes is in one folder under RUNNER_TEMP, which the runner empties with the job: nothing of the caller's (workspace, PATH,
# environment, site-packages) is changed, and none of it is trusted: the suite runs without site-packages, PYTHON* variables and the current folder.
# A set of packages is stored under the hash of its requirements, and exists only once the last step of its installation, a rename, is done.
# Exit codes: 2 this machine lacks something, 4 the packages could not be installed; otherwise the command's own. Written for bash 3.2, which macOS has.
set -euo pipefail
unset CDPATH

here=${BASH_SOURCE[0]%/*}
[[ $here == "${BASH_SOURCE[0]}" ]] && here=.
# Nothing is forked where all is set up: on the way to a rendered file each fork costs as much as ten modules of Python's.
if [[ . -ef $PWD ]]; then
  from=$PWD
  cd -P -- "$here/.."
  suite=$PWD
  cd -- "$from"
else # the folder that this was started in no longer exists, so there is no way back into it
  suite=$(cd -- "$here/.." && pwd -P)
fi
temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
store=${temporary%/}/credex-actions-$EUID

main() {
  case ${1:-} in
    run | script) if [[ -d $suite/packages ]]; then start_release "$@"; fi ;;
    installing) shift ;;
  esac
  case ${1:-} in
    run) shift && start 'from credex_actions.cli import run
run()' "$@" ;;
    script) start 'import runpy
runpy.run_path(sys.argv[2], run_name="__main__")' "${@:2}" ;;
    command) write_command "$2" ;;
    *) fail 2 "install.sh accepts 'run NAME', 'script NAME FILE' and 'command FOLDER', not '${1:-}'." ;;
  esac
}

# start CODE NAME [ARGUMENT ...]
start() {
  local code=$1 python='' packages='' requirements=''
  shift
  find_requirements "$@"
  if [[ -n $requirements ]]; then
    local noted=$store/at${requirements//\//%} text=''
    IFS= read -r -d '' text <"$requirements" || true
    if ! recall "$noted" "$text"; then
      local ready
      ready=$store/$(hash_of "$requirements")
      if ! is_ready "$ready"; then
        set_up "$requirements" "$ready"
      fi
      read_ready "$ready"
      note "$noted" "$text"
    fi
  else
    own_store
    python=$(find_python)
  fi
  # -I -S: no site-packages, no PYTHON* variables, no current folder. Byte code stays out of the checkout.
  # The suite comes after the standard library, so that nothing in it can hide a module of Python's own.
  exec "$python" -I -S -X utf8 -X pycache_prefix="$store/bytecode" -c '
import sys
sys.path += sys.argv[1:3]
del sys.argv[1:3]
'"$code" "$suite" "${packages:-$store/none}" "$@"
}

# A Python that was found is noted: where the first one on PATH is too old, every step of a job comes this way.
start_release() {
  local python='' noted=$store/python
  [[ ! -e $store && ! -L $store ]] || is_ours || not_ours
  if [[ -f $noted ]]; then IFS= read -r python <"$noted" || true; fi
  if [[ ! -x $python ]]; then
    python=$(find_python)
    (umask 077 && mkdir -p -- "$store" && printf '%s\n' "$python" >"$noted.$$" && mv -f -- "$noted.$$" "$noted") 2>/dev/null || true # only the next start is slower
  fi
  exec "$python" -I -S -B -X utf8 "$suite/actions/start.py" "$store/bytecode" --found "$@"
}

# Sets `requirements`: the file that pins what the command needs, or nothing. Rendering needs boto3 only if it has to ask AWS for a definition.
find_requirements() {
  local set=${1:-}
  shift || true
  if [[ $set == render-task-definition ]] && asks_aws "$@"; then
    set=render-task-definition-from-aws
  fi
  if [[ $set =~ ^[a-z][a-z0-9-]*$ && -f $suite/actions/requirements/$set.txt ]]; then
    requirements=$suite/actions/requirements/$set.txt
  fi
}

asks_aws() {
  if [[ -n ${INPUT_TASK_DEFINITION_ARN:-}${INPUT_TASK_DEFINITION_FAMILY:-} ]]; then
    return 0
  fi
  if [[ -n ${INPUT_COMPARE_WITH:-} && ! -f ${INPUT_COMPARE_WITH:-} ]]; then
    return 0
  fi
  local argument
  for argument; do
    if [[ $argument =~ ^--(task-definition-(arn|family)|compare-with) ]]; then
      return 0
    fi
  done
  return 1
}

# What was found for this very text of a requirements file, without its hash: interpreter, folder of packages, the text.
recall() {
  local file=$1 text=$2 kept=''
  is_ours && [[ -f $file ]] || return 1
  { IFS= read -r python && IFS= read -r packages && { IFS= read -r -d '' kept || true; }; } <"$file" || return 1
  [[ $kept == "$text" && -x $python && -d $packages ]]
}

note() {
  local file=$1 text=$2
  { printf '%s\n%s\n%s' "$python" "$packages" "$text" >"$file.$$" && mv -f -- "$file.$$" "$file"; } 2>/dev/null || true # only the next start is slower
}

hash_of() {
  local line
  if type -P sha256sum >/dev/null; then
    line=$(sha256sum <"$1")
  else
    line=$(shasum -a 256 <"$1")
  fi
  printf '%s' "${line%% *}"
}

# Two lines: the interpreter and the folder of its packages. Either may be gone: a step may have removed a Python, or emptied the folder.
read_ready() {
  { IFS= read -r python && IFS= read -r packages; } <"$1"
}

is_ready() {
  local python packages
  is_ours && [[ -f $1 ]] && read_ready "$1" && [[ -x $python && -d $packages ]]
}

set_up() {
  local requirements=$1 ready=$2 python
  python=$(find_python)
  own_store
  unfinished=$(mktemp -d -- "$store/unfinished-XXXXXX")
  # Until the rename nothing here is ever found: a job that is killed leaves a folder that nobody looks at.
  trap 'rm -rf -- "$unfinished"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  install_packages "$python" "$requirements" "$unfinished/packages"
  local folder=$store/packages-${unfinished##*-}
  mv -- "$unfinished/packages" "$folder"
  printf '%s\n%s\n' "$python" "$folder" >"$unfinished/ready"
  mv -f -- "$unfinished/ready" "$ready"
  rm -rf -- "$unfinished"
  trap - EXIT INT TERM
}

own_store() {
  [[ -d $store ]] || (umask 077 && mkdir -p -- "$store") 2>/dev/null || fail 2 "The folder $store cannot be created. Check that RUNNER_TEMP is a folder that this job may write to."
  is_ours || not_ours
}

# On Windows what a native program creates may belong to the group of administrators, of which the user is one.
is_ours() {
  [[ ! -L $store ]] && { [[ -O $store ]] || is_windows; }
}

is_windows() {
  [[ $OSTYPE == msys* || $OSTYPE == cygwin* ]]
}

not_ours() {
  fail 2 "The folder $store belongs to someone else, so nothing in it can be trusted. Remove it, or set RUNNER_TEMP to another folder."
}

# Real path of the first CPython that is new enough and whole, best guess first.
find_python() {
  local home=${HOME:-/nonexistent} candidate found
  local candidates=()
  for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    found=$(type -P "$candidate") && candidates+=("$found")
  done
  shopt -s nullglob
  candidates+=(
    /usr/bin/python3 /usr/bin/python3.1[1-9] /usr/local/bin/python3 /usr/local/bin/python3.1[1-9] /opt/homebrew/bin/python3 /opt/homebrew/bin/python3.1[1-9]
    "${RUNNER_TOOL_CACHE:-/opt/hostedtoolcache}"/Python/3.1[1-9].*/*/bin/python3 "${RUNNER_TOOL_CACHE:-/opt/hostedtoolcache}"/Python/3.1[1-9].*/*/python.exe
    "${UV_PYTHON_INSTALL_DIR:-${XDG_DATA_HOME:-$home/.local/share}/uv/python}"/cpython-3.1[1-9]*/bin/python3
    "${PYENV_ROOT:-$home/.pyenv}"/versions/3.1[1-9].*/bin/python3
  )
  shopt -u nullglob
  for candidate in "${candidates[@]}"; do
    # The interpreter behind a shim or a virtual environment; one without these modules (Debian's python3-minimal) could not run the suite.
    found=$("$candidate" -I -S -c '
import sys
if sys.version_info < (3, 11) or sys.implementation.name != "cpython": sys.exit(1)
import json, ssl, zlib
sys.stdout.write(sys._base_executable)' 2>/dev/null) || continue
    if [[ -x $found ]]; then
      printf '%s' "$found"
      return
    fi
  done
  fail 2 "No Python 3.11 or newer was found on PATH, in the runner's tool cache or among those of uv and pyenv. Add a step with actions/setup-python before this one, or install python3; in a container: apt-get install python3, apk add python3 or dnf install python3.12."
}

install_packages() {
  local python=$1 requirements=$2 folder=$3 log=$3.log uv
  uv=$(type -P uv) || uv=''
  if ! (
    keep_network_settings
    cd -- "$store" # no uv.toml or pyproject.toml of the workspace is read
    umask 077
    if [[ -n $uv ]] && ! only_pip_conf_names_the_index; then
      hand_pip_settings_to_uv
      exec "$uv" pip install --quiet --no-progress --python "$python" --target "$folder" --no-deps --require-hashes --only-binary :all: -r "$requirements"
    fi
    hand_uv_settings_to_pip
    if [[ -z ${PIP_NO_INDEX:-}${PIP_PROXY:-}${PIP_CLIENT_CERT:-}${PIP_TRUSTED_HOST:-} ]] && ! only_pip_conf_names_the_index; then
      # Several times as fast as pip, and it does the plain case only; what it leaves, and the words about any trouble, are pip's.
      if "$python" -I "$suite/actions/fetch.py" "$requirements" "$folder" 2>/dev/null; then
        exit 0
      fi
      rm -rf -- "$folder"
    fi
    exec "$python" -I -c "$start_pip" install --quiet --target "$folder" --no-deps --require-hashes --only-binary :all: --no-compile -r "$requirements"
  ) >"$log" 2>&1 </dev/null; then
    explain "$log" "$requirements"
  fi
}

# pip, or the one that Python carries for its virtual environments where the distribution took pip out.
start_pip='
import glob, os, runpy, sys
try:
    import pip
except ImportError:
    places = [os.path.join(os.path.dirname(os.__file__), "ensurepip", "_bundled"), "/usr/share/python-wheels"]
    sys.path[:0] = [wheel for place in places for wheel in glob.glob(os.path.join(place, "pip-*.whl"))][:1]
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)'

# What an installer may know of the caller: how to reach the network and where its caches are. Not the inputs, some of which are secrets,
# and nothing that would change what is installed or where (PIP_USER, PIP_TARGET, UV_PYTHON, VIRTUAL_ENV ...).
keep_network_settings() {
  local name
  for name in $(compgen -e); do
    case $name in
      PATH | HOME | USER | LOGNAME | TMPDIR | LANG | LC_* | XDG_* | LD_LIBRARY_PATH | DYLD_* | NETRC) ;;
      SYSTEMROOT | SYSTEMDRIVE | WINDIR | TEMP | TMP | USERPROFILE | APPDATA | LOCALAPPDATA) ;; # without which no program of Windows starts, or finds its settings
      [Hh][Tt][Tt][Pp]_[Pp][Rr][Oo][Xx][Yy] | [Hh][Tt][Tt][Pp][Ss]_[Pp][Rr][Oo][Xx][Yy] | [Aa][Ll][Ll]_[Pp][Rr][Oo][Xx][Yy] | [Nn][Oo]_[Pp][Rr][Oo][Xx][Yy]) ;;
      SSL_CERT_FILE | SSL_CERT_DIR | SSL_CLIENT_CERT | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE) ;;
      PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_FIND_LINKS | PIP_NO_INDEX | PIP_PROXY | PIP_CERT | PIP_CLIENT_CERT | PIP_TRUSTED_HOST) ;;
      PIP_TIMEOUT | PIP_DEFAULT_TIMEOUT | PIP_RETRIES | PIP_CACHE_DIR | PIP_NO_CACHE_DIR | PIP_CONFIG_FILE | PIP_KEYRING_PROVIDER) ;;
      UV_DEFAULT_INDEX | UV_INDEX | UV_INDEX_* | UV_EXTRA_INDEX_URL | UV_FIND_LINKS | UV_NO_INDEX | UV_OFFLINE | UV_CONFIG_FILE | UV_KEYRING_PROVIDER) ;;
      UV_CACHE_DIR | UV_NO_CACHE | UV_NATIVE_TLS | UV_SYSTEM_CERTS | UV_INSECURE_HOST | UV_HTTP_* | UV_REQUEST_TIMEOUT) ;;
      *) unset -v "$name" 2>/dev/null || true ;;
    esac
  done
  export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore # these are in pip.conf as well
}

# uv does not read pip's files. Where only they say which index is meant, pip has to do it.
only_pip_conf_names_the_index() {
  local file
  if [[ -n ${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}${UV_INDEX:-}${UV_FIND_LINKS:-}${UV_CONFIG_FILE:-}${PIP_INDEX_URL:-} ]]; then
    return 1
  fi
  for file in "${XDG_CONFIG_HOME:-${HOME:-}/.config}/uv/uv.toml" /etc/uv/uv.toml; do
    if [[ -f $file ]]; then
      return 1
    fi
  done
  for file in "${PIP_CONFIG_FILE:-}" "${XDG_CONFIG_HOME:-${HOME:-}/.config}/pip/pip.conf" "${HOME:-}/.pip/pip.conf" "${HOME:-}/Library/Application Support/pip/pip.conf" /etc/pip.conf /etc/xdg/pip/pip.conf; do
    if [[ -f $file ]] && grep -Eq '^[[:space:]]*(index[-_]url|extra[-_]index[-_]url|find[-_]links|no[-_]index|proxy|client[-_]cert)[[:space:]]*[=:]' -- "$file"; then
      return 0
    fi
  done
  return 1
}

hand_pip_settings_to_uv() {
  if [[ -n ${PIP_INDEX_URL:-} && -z ${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-} ]]; then export UV_DEFAULT_INDEX=$PIP_INDEX_URL; fi
  if [[ -n ${PIP_EXTRA_INDEX_URL:-} && -z ${UV_INDEX:-}${UV_EXTRA_INDEX_URL:-} ]]; then export UV_INDEX=$PIP_EXTRA_INDEX_URL; fi
  if [[ -n ${PIP_FIND_LINKS:-} && -z ${UV_FIND_LINKS:-} ]]; then export UV_FIND_LINKS=${PIP_FIND_LINKS// /,}; fi
  if [[ -n ${PIP_NO_INDEX:-} && -z ${UV_NO_INDEX:-} ]]; then export UV_NO_INDEX=$PIP_NO_INDEX; fi
  if [[ -n ${PIP_TRUSTED_HOST:-} && -z ${UV_INSECURE_HOST:-} ]]; then export UV_INSECURE_HOST=$PIP_TRUSTED_HOST; fi
  if [[ -n ${PIP_CERT:-} && -z ${SSL_CERT_FILE:-} ]]; then export SSL_CERT_FILE=$PIP_CERT; fi
  if [[ -n ${PIP_CLIENT_CERT:-} && -z ${SSL_CLIENT_CERT:-} ]]; then export SSL_CLIENT_CERT=$PIP_CLIENT_CERT; fi
  if [[ -n ${PIP_PROXY:-} && -z ${ALL_PROXY:-}${HTTPS_PROXY:-}${https_proxy:-} ]]; then export ALL_PROXY=$PIP_PROXY; fi
}

hand_uv_settings_to_pip() {
  local index=${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}
  if [[ -n $index && -z ${PIP_INDEX_URL:-} ]]; then export PIP_INDEX_URL=${index#*=}; fi
  if [[ -n ${UV_FIND_LINKS:-} && -z ${PIP_FIND_LINKS:-} ]]; then export PIP_FIND_LINKS=${UV_FIND_LINKS//,/ }; fi
  if [[ -n ${UV_NO_INDEX:-} && -z ${PIP_NO_INDEX:-} ]]; then export PIP_NO_INDEX=$UV_NO_INDEX; fi
  if [[ -n ${UV_INSECURE_HOST:-} && -z ${PIP_TRUSTED_HOST:-} ]]; then export PIP_TRUSTED_HOST=$UV_INSECURE_HOST; fi
  if [[ -n ${SSL_CERT_FILE:-} && -z ${PIP_CERT:-} ]]; then export PIP_CERT=$SSL_CERT_FILE; fi
  if [[ -n ${PIP_CERT:-} ]]; then export SSL_CERT_FILE=$PIP_CERT; fi # where fetch.py, by way of OpenSSL, looks
}

# One sentence for the user; the installer's own words before it, without the passwords that are in addresses. An index may have said them,
# so no line may hold a workflow command: the runner skips blanks before `::`, takes a lone carriage return for a line end, and finds `##[` anywhere.
explain() {
  local log=$1 name=${2##*/}
  sed -e 's#://[^/@[:space:]]*@#://***@#g' -e $'s/\r/ /g' -e 's/##\[/# #[/g' -e 's/^/  | /' -- "$log" | tail -n 15 >&2 || true
  if grep -Eiq 'hash(es)? (mismatch|does not match)|do not match the hashes|mismatched hash' -- "$log"; then
    fail 4 "Hash mismatch: a package is not the one that $name pins, so it was not installed. Ask the operator of your package index; nothing was run."
  elif grep -Eiq 'No module named .?pip' -- "$log"; then
    fail 2 "Neither uv nor pip was found to install packages with. Install one of them, or add a step with actions/setup-python before this one."
  elif grep -Eiq 'no space left|disk quota' -- "$log"; then
    fail 4 "There is not enough disk space for the packages of $name in $store. Free some space and run this again."
  fi
  fail 4 "The packages that $name pins could not be installed. Check the network, HTTPS_PROXY and PIP_INDEX_URL of this machine, then run this again; nothing was run."
}

write_command() {
  local folder=$1
  mkdir -p -- "$folder"
  printf '#!/usr/bin/env bash\n. %q run "$@"\n' "$suite/actions/start.sh" >"$folder/credex-actions.new"
  chmod 755 "$folder/credex-actions.new"
  mv -f -- "$folder/credex-actions.new" "$folder/credex-actions"
  if is_windows; then # for steps in PowerShell and cmd, by the bash that runs this one, with the programs beside it
    printf '@setlocal\r\n@set "PATH=%s;%%PATH%%"\r\n@"%s" "%%~dp0credex-actions" %%*\r\n' "$(cygpath -w /usr/bin)" "$(cygpath -w "$BASH")" >"$folder/credex-actions.cmd"
  fi
}

fail() {
  local text=${2//%/%25}
  if [[ ${GITHUB_ACTIONS:-} == true ]]; then
    printf '::error::%s\n' "${text//$'\n'/%0A}" >&2 # the runner reads both; stdout may be a function's result here
  else
    printf 'error: %s\n' "$2" >&2
  fi
  exit "$1"
}

main "$@"
