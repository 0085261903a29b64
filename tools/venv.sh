#!/bin/sh
# Create .venv in this checkout, with a Python and a build of MXNet for this machine. A second call returns at once.
#
#   [PYTHON=/path/to/python3.11] [EXTRA=cpu|cu112] sh tools/venv.sh      (the two variables override the choice)
#
# .venv/gluon-gan.stamp is written last, so an interrupted installation is recognised by its absence.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
unset PYTHONPATH PYTHONHOME  # packages of another project would count as installed
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
supported='3.11 3.10 3.12'   # in order of preference: 3.11 is the newest with a NumPy that MXNet 1.9.1 supports
stamp=.venv/gluon-gan.stamp
log=.venv.log

say() { echo "gluon-gan: $*"; }
die() { say "$*" >&2; exit 1; }

# The key is made from the inputs, not from the choices: calling Python and nvidia-smi again would take seconds.
key=$({ cat pyproject.toml constraints/*.txt tools/venv.sh; pwd -P
        echo "${PYTHON-} ${EXTRA-}"; command -v nvidia-smi || :; } | cksum)
recorded=$(sed -n 1p "$stamp" 2>/dev/null || :)
if [ "$recorded" = "$key" ] && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi

case $recorded in unfinished\ *)
    if kill -0 "${recorded#* }" 2>/dev/null; then
        die "process ${recorded#* } is installing into .venv: wait until it ends, or remove .venv"
    fi ;;
esac
if [ ! -e "$stamp" ] && .venv/bin/python -c '' 2>/dev/null; then
    die "the .venv here was not made by tools/venv.sh: move it away (mv .venv .venv.mine) and try again"
fi

# A program on the PATH may not work: the shims of pyenv and the stubs of macOS exist and fail. So each one is run.
python='' seen='' without_pip=''
if [ -n "${PYTHON-}" ]; then set -- "$PYTHON"; else
    # Versions after `python` are not supported; they are run so that the message can name them.
    set -- python3.11 python3.10 python3.12 python3 python python3.14 python3.13 python3.9 python3.8
fi
for name; do
    version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case " $supported " in *" $version "*) ;; *) seen="$seen${seen:+, }$name is $version"; continue ;; esac
    if "$name" -c 'import ensurepip, venv' 2>/dev/null; then python=$name; break; fi
    without_pip=$name
done
if [ -z "$python" ] && [ -n "$without_pip" ]; then
    die "$without_pip cannot create a virtual environment:" \
        "sudo apt install python3-venv (or your system's equivalent), then try again"
elif [ -z "$python" ]; then
    : "${seen:=${PYTHON:+$PYTHON does not run}}"
    die "MXNet 1.9.1 needs Python 3.10, 3.11 or 3.12, and none of them runs here (${seen:-no Python found}):" \
        "install one, or name it with PYTHON=/path/to/python3.11"
fi
if [ "$(uname -s)" = Linux ] && ! "$python" -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null; then
    die "MXNet needs the system's libgomp.so.1: sudo apt install libgomp1 (or your system's equivalent), then try again"
fi

# mxnet-cu112 contains code for compute capability 5.0 to 8.6, without PTX. 8.9 runs the code for 8.6; 9.0 cannot.
extra=cpu
if [ -n "${EXTRA-}" ]; then
    case $EXTRA in cpu | cu112) extra=$EXTRA why='as EXTRA says' ;; *) die "EXTRA=$EXTRA must be cpu or cu112" ;; esac
elif ! command -v nvidia-smi >/dev/null; then why='no NVIDIA driver here'
elif [ "$(uname -sm)" != 'Linux x86_64' ]; then why='the GPU build is for Linux on x86-64'
elif ! cards=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null); then
    why='nvidia-smi does not report the compute capability'
else
    why="compute capability $(echo $cards): MXNet 1.9.1 runs 5.0 to 8.9"
    for card in $cards; do case $card in [5-8].[0-9]) extra=cu112 why="compute capability $card"; break ;; esac; done
fi

discard() {  # renamed first, so that a part that cannot be removed is not taken for .venv
    rm -rf .venv.old.*
    [ ! -e .venv ] || { mv .venv ".venv.old.$$" && rm -rf ".venv.old.$$"; }
}
made="Python $version, $extra, $(pwd -P)"
unwritable="cannot write in $(pwd -P): copy this folder to a place where you can write"
if [ "$(sed -n 2p "$stamp" 2>/dev/null)" != "$made" ]; then
    { discard && mkdir .venv; } 2>/dev/null || die "$unwritable"
fi
{ echo "unfinished $$" >"$stamp"; } 2>/dev/null || die "$unwritable"

child=''
clean_up() {
    { [ -z "$child" ] || { kill "$child" && wait "$child"; } || :; discard || :; } 2>/dev/null
}
interrupted() { rm -f "$log"; say 'interrupted; the next call starts again' >&2; exit "$1"; }
trap clean_up EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM HUP
# In the background, so that a signal arrives during the call.
run() { "$@" >>"$log" 2>&1 & child=$!; wait "$child" || return; child=''; }

install() {
    if [ ! -x .venv/bin/pip ]; then run "$python" -m venv .venv || return; fi
    mkdir -p .venv/tmp  # an interruption removes pip's temporary files with .venv
    export TMPDIR="$PWD/.venv/tmp"
    # Older versions of pip cannot install a pyproject.toml in place; the first releases of 3.10 contain one.
    .venv/bin/python -c 'import pip; raise SystemExit(tuple(map(int, pip.__version__.split(".")[:2])) < (21, 3))' ||
        run .venv/bin/python -m pip install 'pip>=21.3' || return
    run .venv/bin/python -m pip install --no-input -c "constraints/py$version.txt" \
        -e ".[$extra,export,fast,notebooks,test,site]" || return
    rm -rf .venv/tmp
}

case $extra in cpu) long='one or two minutes' ;; *) long='about 2 GB, several minutes' ;; esac
say "Python $version, MXNet for $extra ($why). Installing into .venv, once: $long."
: >"$log"
if ! install; then
    if grep -q 'Retry(total=0' "$log"; then
        reason='the package index cannot be reached: check the network or the proxy, then try again'
    elif grep -q 'No matching distribution found for mxnet' "$log"; then
        reason="MXNet 1.9.1 has no wheel for this machine ($(uname -sm)): use Linux with glibc on x86-64 or aarch64,"
        reason="$reason an Intel Mac, WSL 2 or a container"
    elif grep -q 'No space left on device' "$log"; then reason="no space left on the disk of $PWD"
    else tail -n 15 "$log" >&2; die "the installation failed; the lines above are the end of $log"
    fi
    rm -f "$log"
    die "$reason"
fi
mv "$log" .venv/install.log
printf '%s\n%s\n' "$key" "$made" >"$stamp.new"
mv "$stamp.new" "$stamp"
trap - EXIT
