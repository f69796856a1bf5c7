#!/bin/sh
# Starts scripts/setup.py with whatever Python this machine has: 3.6 will do, since setup.py only
# looks for the Python that why401 itself needs. The environment's own Python comes first because
# it starts fastest; each is tried by running it, as a pyenv shim may stand for nothing (exit 127).
here=$(dirname "$0")
venv=$here/../.venv

for python in "$venv/bin/python" "$venv/Scripts/python.exe" \
    python3 python python3.14 python3.13 python3.12 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python; do
    case $python in
        */*) [ -x "$python" ] || continue ;;
        *) command -v "$python" >/dev/null 2>&1 || continue ;;
    esac
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 6))' >/dev/null 2>&1 </dev/null; then
        exec "$python" "$here/setup.py" "$@"
    fi
done

if command -v uv >/dev/null 2>&1; then
    exec uv run --quiet --no-project --python '>=3.12' "$here/setup.py" "$@"
fi

echo 'why401 needs Python 3.12 or newer, found no Python; install it from https://www.python.org/downloads/ or install uv · 需要 Python 3.12 或更新版本，本机未找到 Python；请安装 Python 或 uv' >&2
exit 1
