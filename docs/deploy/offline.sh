#!/bin/sh
# Installs Mingjian where there is no network, and proves that nothing was fetched.
#   offline.sh gather FOLDER [PYTHON]        with a network: the project's wheel and all it needs into FOLDER
#   offline.sh install FOLDER VENV [PYTHON]  without: a new environment from FOLDER alone, then a first run
# Both machines need the same system, processor and Python version.
set -eu
verb=${1:?gather or install}
folder=${2:?folder of wheels}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case $verb in
gather)
    python=${3:-python3}
    mkdir -p "$folder"
    # wheel, not download: what comes as source only (jieba) is built here, not where there is no network
    "$python" -m pip wheel --quiet --wheel-dir "$folder" "$here[api,fast]"
    (cd "$folder" && sha256sum ./*.whl > SHA256SUMS)
    ;;
install)
    venv=${3:?new environment} python=${4:-python3}
    (cd "$folder" && sha256sum --quiet --check SHA256SUMS)
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --no-index --find-links "$folder" 'mingjian[api,fast]'
    "$venv/bin/python" -m pip check
    "$venv/bin/mingjian" --help >/dev/null
    "$venv/bin/python" - "$venv" <<'PY'
import sys, pathlib
from index import Archive
from ui.demo import sample_folder
files = sorted(path for path in sample_folder().rglob("*.txt"))[:5]
with Archive.open(pathlib.Path(sys.argv[1]) / "first-run") as archive:
    assert all(one.outcome == "added" for one in archive.add(files)), "the sample could not be read"
    assert archive.search("工作人员业务不熟练", k=3).hits, "nothing was found"
    assert archive.verify() == []
PY
    echo "安装完好：$venv/bin/mingjian"
    ;;
*)
    echo "gather 或 install" >&2
    exit 2
    ;;
esac
