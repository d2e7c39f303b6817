# shellcheck shell=bash
# Sourced by every action as `. start.sh run NAME [ARGUMENT ...]`: a release starts Python on the packages that it carries, and forks nothing on the way; without
# these packages (a branch), without a python3 or in a folder that belongs to someone else it is install.sh's turn, which takes the same arguments.
credex_store=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/credex-actions-$EUID
# On Windows the folder may belong to the group of administrators, of which the user is one.
if [[ -d ${BASH_SOURCE[0]%/*}/../packages && ! -L $credex_store ]] && [[ -O $credex_store || ! -e $credex_store || $OSTYPE == msys* || $OSTYPE == cygwin* ]]; then
  IFS=:
  set -f
  for credex_folder in $PATH; do # type -P would take a fork to be read
    if [[ -f $credex_folder/python3 && -x $credex_folder/python3 ]]; then break; fi
    credex_folder=''
  done
  # What only stands for a Python may be there without one, and exec would leave nobody to look for another: shims of pyenv and the like, Microsoft's Store, Apple's developer tools.
  case $OSTYPE:${credex_folder%/} in
    *: | *:*/shims | *:*/WindowsApps | darwin*:/usr/bin) ;;
    *)
      shopt -s execfail
      exec "$credex_folder/python3" -I -S -B -X utf8 "${BASH_SOURCE[0]%/*}/start.py" "$credex_store/bytecode" "$@" || true
      ;;
  esac
fi
exec "${BASH_SOURCE[0]%/*}/install.sh" "$@"
