#!/bin/sh
# Installs the project with its API from wheels where there are some, else from the package index in use.
# install.sh PYTHON PROJECT WHEELHOUSE
set -eu
python=$1 project=$2 wheels=$3
if ls "$wheels"/*.whl >/dev/null 2>&1; then
    extras=$(cat "$wheels/EXTRAS" 2>/dev/null || echo api,fast)
    "$python" -m pip --isolated install --no-cache-dir --no-index --find-links "$wheels" "mingjian[$extras]"
else
    "$python" -m pip install --no-cache-dir "${project}[api,fast]"
fi
