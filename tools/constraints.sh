#!/bin/sh
# Rewrite constraints/py3.X.txt, for each supported Python on the PATH, with the versions that pip resolves today.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
unset PYTHONPATH PYTHONHOME
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
status=0
for version in 3.10 3.11 3.12; do
    if ! "python$version" -c '' 2>/dev/null; then
        echo "constraints/py$version.txt is unchanged: python$version does not run here" >&2
        status=1
        continue
    fi
    echo "python$version: resolving, one or two minutes"
    "python$version" -m venv "$work/$version"
    python=$work/$version/bin/python
    "$python" -m pip install --quiet -e '.[cpu,export,notebooks,test,site]'
    "$python" -m pip check
    {
        echo "# Python $version: the versions of '.[cpu,export,notebooks,test,site]' that pip resolved and 'pip check' found consistent,"
        echo '# and the pins of the extras cu112 and fast, which need no resolving. Written by: make constraints'
        {
            "$python" -m pip freeze --exclude-editable
            "$python" - <<'END'
try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib
with open('pyproject.toml', 'rb') as file:
    extras = tomllib.load(file)['project']['optional-dependencies']
print('\n'.join(line.partition(';')[0] for line in extras['cu112'] + extras['fast']))
END
        } | LC_ALL=C sort -fu
    } >"$work/py$version.txt"
    mv "$work/py$version.txt" "constraints/py$version.txt"
done
exit "$status"
