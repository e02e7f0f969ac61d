#!/bin/sh
# Installs Mingjian where there is no network, and proves that nothing was fetched.
#   offline.sh gather FOLDER [PYTHON [EXTRA…]]  with a network: the project's wheel and all it needs into FOLDER
#   offline.sh install FOLDER VENV [PYTHON]     without: a new environment from FOLDER alone, then a first run
# Both machines need the same system, processor and Python version. api and fast are always along; an EXTRA is one of
# cluster, llm, milvus, ocr, postgres.
set -eu
verb=${1:?gather or install}
folder=${2:?folder of wheels}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case $verb in
gather)
    python=${3:-python3}
    shift $(($# < 3 ? $# : 3))
    extras=api,fast
    locks="requirements.lock"
    for extra in "$@"; do
        if [ ! -f "$here/docs/deploy/requirements-$extra.lock" ] || [ "$extra" = cuda ]; then
            echo "没有这个附加项：$extra" >&2
            exit 2
        fi
        extras=$extras,$extra
        locks="$locks requirements-$extra.lock"
    done
    deploy=$here/docs/deploy
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$folder"
    if ls "$folder"/*.whl >/dev/null 2>&1; then
        echo "$folder 里已有安装包，请换一个空文件夹" >&2
        exit 2
    fi
    # What is carried over is what was tested: locked versions, each file held against its hash. wheel, not download:
    # what comes as source only (jieba) is built here, not where there is no network.
    gathered() {
        "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$folder" "$@"
    }
    # Torch first and by itself: of two builds that the index offers pip would take PyPI's, by the lock's hashes, where
    # one without CUDA (+cpu), 0.2 instead of 2.6 GB, comes from a plain folder
    torch=$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' "$deploy/requirements.lock")
    gathered "$torch"
    sum=$(sha256sum "$folder"/torch-*.whl | cut -c1-64)
    if ! grep -q "sha256:$sum" "$deploy/requirements.lock"; then
        echo "$torch 的校验和不在锁定文件里" >&2
        exit 1
    fi
    # PyPI's Torch for Linux does not start without CUDA's packages, GPU or not; the other build wants none
    case $(ls "$folder") in
    *torch-*+*) ;;
    *) [ "$(uname -s)" != Linux ] || locks="$locks requirements-cuda.lock" ;;
    esac
    for lock in $locks; do
        awk '/^[A-Za-z0-9]/ { torch = /^torch==/ } !torch' "$deploy/$lock" > "$work/$lock"
        gathered --require-hashes -r "$work/$lock"
    done
    # built from a copy: building leaves things behind, which the next build would take along
    mkdir "$work/project"
    for one in pyproject.toml README.md LICENSE nlp index ui corpora; do
        cp -R "$here/$one" "$work/project/$one"
    done
    gathered "$work/project"
    echo "$extras" > "$folder/EXTRAS"
    cp "$0" "$folder/offline.sh"
    (cd "$folder" && sha256sum ./*.whl EXTRAS offline.sh > SHA256SUMS)
    ;;
install)
    venv=${3:?new environment} python=${4:-python3}
    (cd "$folder" && sha256sum --quiet --check SHA256SUMS)
    extras=$(cat "$folder/EXTRAS" 2>/dev/null || echo api,fast) # a folder of an earlier version has none
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip --isolated install --quiet --no-index --find-links "$folder" "mingjian[$extras]"
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
