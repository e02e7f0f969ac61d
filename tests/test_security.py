"""What docs/security.md promises, attacked: files, exports, the page's markup, the API, our own source."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, write_report

from index import archive as archive_module
from index.archive import Archive
from index.export.sheet import FORMULA_STARTS, harmless
from index.parsing import HereParser
from nlp.errors import UnreadableReport
from nlp.parse import parse_file
from nlp.reading import ocr, read_bytes
from nlp.reading.archive import read_archive
from nlp.reading.limits import Limits

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for room in ("nlp", "index", "ui", "corpora") for path in (ROOT / room).rglob("*.py"))
ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    "[点](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "</style><script>alert(1)</script>",
    "<iframe src=//evil.example>",
    "{{7*7}} ${7*7} `id` $(id)",
)
FORMULAS = ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/c calc'!A1", '=HYPERLINK("http://evil","x")')


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


# -- our own source -------------------------------------------------------------------------------------------

FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal", "telnetlib", "ftplib"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "torch.load"}
FORBIDDEN_CALLS |= {"pty.spawn", "os.execv", "os.spawnl", "subprocess.getoutput", "subprocess.getstatusoutput"}
FORBIDDEN_CALLS |= {"tempfile.mktemp", "xml.etree.ElementTree.parse", "ssl._create_unverified_context"}


def name_of(node: ast.expr) -> str:
    """“os.system” of a call's function."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def faults(source: str) -> list[str]:
    """Calls and imports that run what is given to them."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in FORBIDDEN_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
            found.append(node.module or "")
        elif isinstance(node, ast.Call):
            name = name_of(node.func)
            if name in FORBIDDEN_CALLS:
                found.append(name)
            for keyword in node.keywords:
                told = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                unsafe = (keyword.arg, told) in {("shell", True), ("allow_pickle", True), ("trust_remote_code", True)}
                unsafe = unsafe or (keyword.arg == "verify" and told is False)
                unsafe = unsafe or (keyword.arg in ("shell", "allow_pickle") and told is None)
                if unsafe:
                    found.append(f"{name}({keyword.arg})")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_of_ours_runs_what_it_reads(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "eval(x)",
        "subprocess.run(x, shell=True)",
        "subprocess.run(x, shell=y)",
        "np.load(p, allow_pickle=True)",
        "torch.load(p)",
        "os.system('x')",
        "SentenceTransformer(p, trust_remote_code=True)",
    ],
)
def test_the_check_itself_bites(source: str) -> None:
    assert faults(source)


def test_xml_is_read_without_entities_and_without_the_net() -> None:
    """Every XML parser that the reading of files makes says so."""
    told = 0
    for path in (ROOT / "nlp" / "reading").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func).endswith("XMLParser"):
                values = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
                assert values.get("resolve_entities") is False, path
                assert values.get("no_network", True) is True, path
                assert not values.get("huge_tree"), path
                assert not values.get("load_dtd"), path
                told += 1
    assert told


# -- files ----------------------------------------------------------------------------------------------------

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def package(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return out.getvalue()


def docx(body: str, head: str = "") -> bytes:
    document = f'<?xml version="1.0"?>{head}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return package({"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, "word/document.xml": document})


def ofd(body: str, head: str = "") -> bytes:
    page = f'{head}<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Content>{body}</ofd:Content></ofd:Page>'
    root = (
        '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml'
        "</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )
    document = (
        '<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Pages><ofd:Page ID="1" '
        'BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>'
    )
    return package({"OFD.xml": root, "Doc_0/Document.xml": document, "Doc_0/Pages/Page_0/Content.xml": page})


def read(data: bytes, name: str) -> str:
    """The text of a hostile file, or why it is refused."""
    try:
        return "\n".join(getattr(block, "text", str(block)) for block in read_bytes(data, name).blocks)
    except UnreadableReport as error:
        return f"refused {error.cause}"


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


@pytest.mark.parametrize("make", [docx, ofd])
def test_an_xml_bomb_does_not_go_off(make: Any) -> None:
    head = f'<!DOCTYPE x [<!ENTITY l0 "哈哈哈哈哈哈哈哈哈哈">{LAUGHS}]>'
    told = read(make(paragraph("&l9;") * 3, head), f"bomb.{make.__name__}")
    assert len(told) < 100_000
    assert "哈哈哈哈哈哈哈哈哈哈" * 10 not in told


@pytest.mark.parametrize("make", [docx, ofd])
def test_no_file_of_this_machine_gets_into_a_report(make: Any, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("机密内容不可外泄", "utf-8")
    for kind in ("SYSTEM", "PUBLIC 'x'"):
        head = f'<!DOCTYPE x [<!ENTITY e {kind} "file://{tmp_path}/secret.txt">]>'
        assert "机密内容" not in read(make(paragraph("&e;"), head), f"x.{make.__name__}")


def test_a_package_that_unpacks_enormously_is_refused() -> None:
    data = docx(paragraph("公开" * 20_000_000))
    assert len(data) < 2_000_000
    assert read(data, "big.docx").startswith("refused")


def test_nesting_has_an_end() -> None:
    depth = 3_000
    table = "<w:tbl><w:tr><w:tc>" * depth + paragraph("深") + "</w:tc></w:tr></w:tbl>" * depth
    assert isinstance(read(docx(table), "deep.docx"), str)
    assert isinstance(read(("<div>" * 50_000 + "深").encode(), "deep.html"), str)
    assert isinstance(read(("<table><tr><td>" * 20_000).encode(), "deep.html"), str)


def test_a_zip_within_a_zip_within_a_zip_ends(tmp_path: Path) -> None:
    data = package({"a.txt": "报告" * 100})
    for _ in range(8):
        data = package({"inner.zip": data})
    (tmp_path / "deep.zip").write_bytes(data)
    found = list(read_archive(tmp_path / "deep.zip"))
    assert any(isinstance(one, UnreadableReport) and "嵌套过深" in one.cause for _, one in found)


def test_a_zip_of_everything_ends(tmp_path: Path) -> None:
    (tmp_path / "many.zip").write_bytes(package({f"{n}.txt": "报告" * 50 for n in range(60)}))
    with pytest.raises(UnreadableReport, match="过多"):
        list(read_archive(tmp_path / "many.zip", limits=Limits(max_entries=50)))
    (tmp_path / "large.zip").write_bytes(package({f"{n}.txt": b"\0" * 1_000_000 for n in range(20)}))
    with pytest.raises(UnreadableReport, match="过大"):
        list(read_archive(tmp_path / "large.zip", limits=Limits(max_unpacked=5_000_000, max_ratio=10**9)))


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt", "a\x01.txt"]
)
def test_a_zips_names_lead_nowhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.zip").write_bytes(package({name: "报告" * 100}))
    found = list(read_archive(tmp_path / "in/x.zip"))
    assert [type(one) for _, one in found] == [UnreadableReport]
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("side", [14_400, 1_000_000])
def test_an_image_bomb_is_not_unfolded(side: int) -> None:
    """A page that is one picture of 60 000 × 60 000 points: it is measured before it is drawn."""
    pdf = (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<</XObject<</I 4 0 R>>>>"
        b"/Contents 5 0 R>>endobj\n4 0 obj<</Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB"
        b"/BitsPerComponent 8/Length 0>>stream\n\nendstream endobj\n5 0 obj<</Length 33>>stream\n"
        b"q %d 0 0 %d 0 0 cm /I Do Q\nendstream endobj\ntrailer<</Root 1 0 R>>\n"
    ) % (side, side, side, side)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "from nlp.reading import read_bytes; from nlp.errors import UnreadableReport\n"
        "try: read_bytes(sys.stdin.buffer.read(), 'bomb.pdf')\n"
        "except UnreadableReport as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input=pdf, capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    assert "bomb.pdf" in run.stdout.decode()


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(side: int) -> bytes:
    """A picture that says it is so wide and high, and holds a dot."""
    size = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"\0" * 4)) + chunk(b"IEND", b"")


def tiff(side: int) -> bytes:
    """As :func:`png`: (tag, value) of width, height, bits, compression, colours, place, samples, rows, bytes."""
    tags = ((256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, side), (279, 4))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IIH", 12, 0, len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("with_ocr", [True, False])
@pytest.mark.parametrize("side", [12_000, 60_000, 2_000_000_000], ids=["large", "huge", "absurd"])
@pytest.mark.parametrize("picture", [png, tiff])
@pytest.mark.filterwarnings("error:Image size")
def test_a_picture_of_enormous_size_is_refused(
    picture: Any, side: int, with_ocr: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Measured before it is unfolded, whether or not the extra that would recognise it is installed."""
    pytest.importorskip("PIL")
    monkeypatch.setattr(ocr, "available", lambda: with_ocr)
    data = picture(side)
    assert len(data) < 200
    told = "图片过大，已拒绝" if with_ocr else "是图片"
    with pytest.raises(UnreadableReport, match=rf"^报告.jpg：{told}"):
        read_bytes(data, "报告.jpg")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.txt").write_bytes(data)
    whole = next((ROOT / "corpora" / "sample" / "reports").rglob("*.txt"))
    (tmp_path / "in" / "2.txt").write_bytes(whole.read_bytes())
    with Archive.open(tmp_path / "archive") as archive:
        bad, good = archive.add([tmp_path / "in"], parser=HereParser(parse_file))
    assert (bad.outcome, good.outcome) == ("failed", "added")
    assert str(bad.cause).startswith(told)


# -- exports --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An archive whose every text is an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    patch = pytest.MonkeyPatch()
    patch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    texts = [*FORMULAS, *ATTACKS]
    with Archive.open(folder / "archive") as archive:
        files = [
            write_report(
                folder / "in",
                f"=cmd{n}",
                agency=f"{text}局",
                year=2021,
                region=[text, text, text, f"33{n:04d}"],
                problems=[[f"{text}，人员不足。", ["staff_instability"]]],
                measures=[[f"{text}，增加人手。", ["staffing"]]],
            )
            for n, text in enumerate(texts)
        ]
        add(archive, *files)
        archive.label(archive.statements(kind="problem")[0].id, add=["training"], kind="measure", by="=1+1")
        yield archive
    patch.undo()


@pytest.mark.parametrize("what", ["statements", "reports", "search", "check", "matrix", "statistics"])
def test_no_cell_of_a_csv_is_a_formula(hostile: Archive, tmp_path: Path, what: str) -> None:
    hostile.export(tmp_path / "x.csv", what=what, query="=人员不足" if what == "search" else None)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            for cell in row:
                number = re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", cell)
                assert number or not cell.startswith(FORMULA_STARTS), cell


@pytest.mark.parametrize("what", ["statements", "reports", "matrix"])
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(hostile: Archive, tmp_path: Path, what: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    hostile.export(tmp_path / "x.xlsx", what=what)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(str(cell.value).startswith("=") for cell in cells), "the text is there, as text"
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(cell.hyperlink is None for cell in cells)
    with zipfile.ZipFile(tmp_path / "x.xlsx") as packed:
        for name in packed.namelist():
            text = packed.read(name).decode("utf-8", "replace")
            assert "<f>" not in text, name
            assert 'TargetMode="External"' not in text, name


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert str(harmless(f"{start}1")).startswith("'")
    assert harmless(-1) == -1


def test_a_word_file_holds_attacks_as_text(hostile: Archive, tmp_path: Path) -> None:
    hostile.export(tmp_path / "x.docx", what="statements")
    with zipfile.ZipFile(tmp_path / "x.docx") as packed:
        text = packed.read("word/document.xml").decode("utf-8")
        relations = "".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".rels"))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "External" not in relations


# -- the page's markup and the API ----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ATTACKS)
def test_markup_of_the_page_is_escaped(text: str) -> None:
    pytest.importorskip("streamlit")
    from ui import markup

    for made in (markup.table([text], [(text, text)]), markup.table(["列"], [(text,)])):
        assert "<script" not in made
        assert "<img" not in made
        assert "<svg" not in made
        assert "<iframe" not in made
        assert not re.search(r"<[^>]+ on\w+=", made)
        assert not re.search(r"""(href|src)=["']?javascript:""", made)
    plain = markup.plain(text)
    assert "<script>" not in plain.replace("\\<", "")
    assert "](" not in plain.replace("\\]", "")


def test_the_api_gives_attacks_back_as_data(hostile: Archive) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx2")
    from fastapi.testclient import TestClient

    from ui.api.application import create_app

    client = TestClient(create_app(lambda: hostile, log=False), base_url="http://localhost")
    for path in ("/reports", "/statements", "/search?query=人员不足", "/agencies", "/facets", f"/reports/{ATTACKS[0]}"):
        answer = client.get(path)
        assert answer.headers["content-type"].startswith(("application/json", "application/problem+json")), path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        json.loads(answer.text)
    export = client.get("/export", params={"format": "csv"})
    assert export.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "trick", ["../../etc/passwd", "..%2F..%2Fetc%2Fpasswd", "....//etc/passwd", "%00", "/etc/passwd", "C:\\x", "a\nb"]
)
def test_the_api_takes_no_paths(hostile: Archive, trick: str) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx2")
    from fastapi.testclient import TestClient

    from ui.api.application import create_app

    client = TestClient(create_app(lambda: hostile, log=False), base_url="http://localhost")
    for path in ("reports/{}", "reports/{}/text", "statements/{}", "agencies/{}", "export?format={}", "export?what={}"):
        answer = client.get("/" + path.format(trick.replace("\n", "%0A").replace("\\", "%5C")))
        assert answer.status_code in (307, 400, 404, 422), path
        assert "root:" not in answer.text
        assert str(hostile.path) not in answer.text


def test_the_pages_policy_lets_only_its_own_scripts_run() -> None:
    pytest.importorskip("streamlit")
    import base64
    import hashlib

    import streamlit

    from ui import shell

    page = shell.chinese((Path(streamlit.__file__).parent / "static" / "index.html").read_bytes())
    headers = dict(shell.guarding(page))
    policy = dict(part.strip().split(" ", 1) for part in headers[b"content-security-policy"].decode().split(";"))
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    scripts = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) >= 2
    for script in scripts:
        assert base64.b64encode(hashlib.sha256(script).digest()).decode() in policy["script-src"]
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert headers[b"referrer-policy"] == b"same-origin"
    assert not re.search(rb"<script[^>]+src=[\"']?(?:https?:)?//", page)


def test_uploads_are_bounded_as_files_are_and_land_under_names_of_their_own() -> None:
    pytest.importorskip("streamlit")
    from streamlit import config

    from ui import serve

    serve.configure(8599)
    assert config.get_option("server.maxUploadSize") * 1_000_000 <= Limits().max_bytes
    assert config.get_option("server.enableXsrfProtection") is True
    assert config.get_option("browser.gatherUsageStats") is False


# -- the page's door ------------------------------------------------------------------------------------------

HERE = "127.0.0.1:8501"


def asked(
    gate: Any, path: str = "/", *, method: str = "GET", client: str = "127.0.0.1", body: bytes = b"", **sent: str
) -> Any:
    """Status and text of a request; headers as keywords, ``sec_fetch_site="none"``."""
    import asyncio

    headers = {"host": HERE} | {name.replace("_", "-"): value for name, value in sent.items()}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": raw, "client": (client, 1), "query_string": b""}
    asyncio.run(gate(scope, receive, send))
    return told[0]["status"], told[1]["body"].decode("utf-8")


def door(**options: Any) -> Any:
    pytest.importorskip("fastapi")
    from ui.gate import Entry, Gate

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})

    return Gate(inside, Entry(**options))


SITES = [
    # (path, what the browser says of the request, let in)
    ("/api/summary", {"site": "cross-site", "mode": "no-cors", "dest": "image"}, False),
    ("/api/summary", {"site": "same-site", "mode": "no-cors", "dest": "image"}, False),
    ("/api/summary", {"site": "cross-site", "mode": "navigate", "dest": "document"}, False),
    ("/api", {"site": "cross-site", "mode": "navigate", "dest": "document"}, False),
    ("/media/x", {"site": "cross-site", "mode": "no-cors", "dest": "image"}, False),
    ("/", {"site": "cross-site", "mode": "navigate", "dest": "iframe"}, False),
    ("/", {"site": "cross-site", "mode": "cors", "dest": "empty"}, False),
    ("/", {"site": "cross-site"}, False),
    ("/search", {"site": "cross-site", "mode": "navigate", "dest": "document"}, True),
    ("/search", {"site": "same-site", "mode": "navigate"}, True),
    ("/apiary", {"site": "cross-site", "mode": "navigate", "dest": "document"}, True),
    ("/api/export", {"site": "same-origin", "mode": "navigate", "dest": "document"}, True),
    ("/api/export", {"site": "none", "mode": "navigate", "dest": "document"}, True),
    ("/_stcore/upload_file/x", {"site": "same-origin", "mode": "cors", "dest": "empty"}, True),
    ("/api/summary", {}, True),
]


@pytest.mark.parametrize(("path", "sent", "let_in"), SITES)
def test_another_sites_page_asks_for_nothing(path: str, sent: dict[str, str], let_in: bool) -> None:
    """A picture's or script's address needs no ``Origin``; a link that a person follows to the page is let in."""
    headers = {f"sec_fetch_{name}": value for name, value in sent.items()}
    proxied = door(header=b"x-remote-user"), {"x_remote_user": "zhang"}
    for gate, more in ((door(), {}), proxied, (door(password="x" * 12), {"authorization": "Bearer " + "x" * 12})):
        status, told = asked(gate, path, **headers, **more)
        assert (status == 200) == let_in
        assert let_in or (status == 403 and "别的网站" in told)


@pytest.mark.parametrize("header", ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "via"])
def test_an_open_page_does_not_answer_through_a_proxy(header: str) -> None:
    """A proxy on this machine calls it by a name of this machine, so that everybody behind it would be let in."""
    status, told = asked(door(), **{header: "10.1.2.3"})
    assert status == 403
    assert "MINGJIAN_PASSWORD" in told
    assert "--proxy-header" in told
    for gate, more in (
        (door(header=b"x-remote-user"), {"x_remote_user": "zhang"}),
        (door(password="x" * 12), {"authorization": "Bearer " + "x" * 12}),
    ):
        assert asked(gate, **{header: "10.1.2.3"}, **more)[0] == 200


def test_a_whole_network_of_ipv6_addresses_guesses_as_one() -> None:
    gate = door(password="correct horse")
    wrong = {"path": "/login", "method": "POST", "body": b"password=wrong"}
    seen = [asked(gate, client=f"2400:3200:0:1:{n:x}::{n:x}", **wrong)[0] for n in range(1, 21)]
    assert seen == [401] * 5 + [429] * 15
    assert asked(gate, client="2400:3200:0:2::1", **wrong)[0] == 401, "another network"
    assert asked(gate, client="10.0.0.1", **wrong)[0] == 401
    mapped = [asked(gate, client=f"::ffff:10.0.1.{n}", **wrong)[0] for n in range(10)]
    assert mapped == [401] * 10, "addresses of the old kind are no one network"
    for office in ("fd00:1:2:3::", "fe80::"):  # one network of many people
        assert [asked(gate, client=f"{office}{n}", **wrong)[0] for n in range(1, 8)] == [401] * 7
        assert [asked(gate, client=f"{office}1", **wrong)[0] for _ in range(5)] == [401] * 4 + [429]


def test_a_service_without_its_password_file_does_not_start() -> None:
    """With "EnvironmentFile=-…" a missing file would be an open page."""
    for unit in (ROOT / "docs" / "deploy").glob("*.service"):
        told = re.findall(r"^EnvironmentFile=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        assert told == ["/etc/mingjian/secrets"], unit


# -- the log --------------------------------------------------------------------------------------------------

NAME = "某局长被举报的线索"


def test_the_log_holds_no_name_out_of_an_address(hostile: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx2")
    from urllib.parse import quote

    from fastapi.testclient import TestClient

    from ui.api.application import create_app

    client = TestClient(create_app(lambda: hostile), base_url="http://localhost")
    report = hostile.list()[0].id
    client.delete(f"/saved/{NAME}")
    for path in (
        f"/reports/{report}",
        f"/reports/{NAME}",
        f"/agencies/a/{NAME}",
        f"/search/{NAME}",
        f"/{NAME}",
        "/zhangsan",
    ):
        client.get(path)
    err = capsys.readouterr().err
    assert NAME not in err
    assert quote(NAME) not in err
    assert report not in err
    assert [line.split()[2:4] for line in err.splitlines()] == [
        ["DELETE", "/saved/-"],
        ["GET", "/reports/-"],
        ["GET", "/reports/-"],
        ["GET", "/agencies/-"],
        ["GET", "-"],
        ["GET", "-"],
        ["GET", "-"],
    ]


def test_the_pages_log_knows_its_own_addresses_only(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi")
    import asyncio

    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route, Router

    from ui import logs, watch
    from ui.api import log

    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(logs, "is_json", lambda: True)
    monkeypatch.setattr(logs, "event", lambda name, *level, **told: seen.append(told) or True)

    async def answer(request: Any) -> PlainTextResponse:
        return PlainTextResponse("x")

    inner = Router([Route("/media/{file:path}", answer), Mount("/in", Router([Route("/put/{name}", answer)]))])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        pass

    for path in ("/", "/search", f"/{NAME}", "/zhangsan", f"/media/{NAME}", f"/search/{NAME}", f"/in/put/{NAME}"):
        scope = {"type": "http", "path": path, "method": "GET", "headers": [], "client": None, "query_string": b""}
        asyncio.run(watch.Watch(inner)(scope, receive, send))
    assert [one["path"] for one in seen] == ["/", "/search", "-", "-", "/media/-", "-", "/in/put/-"]
    source = ast.parse((ROOT / "ui" / "app.py").read_text(encoding="utf-8"))
    (pages,) = [
        n.value for n in source.body if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "PAGES"
    ]
    assert isinstance(pages, ast.Dict)
    assert {key.value for key in pages.keys if isinstance(key, ast.Constant)} | {""} == set(log.PAGES)


# -- what the page says of a failure --------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*ATTACKS, "文件 **粗** # 题 $x$ :red[红] www.evil.example"])
def test_a_failure_that_quotes_a_report_is_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("streamlit")
    from page_tools import run_page

    from nlp.errors import MingjianError
    from ui import holder, markup

    def broken() -> Archive:
        raise MingjianError(f"读不了“{text}”")

    monkeypatch.setattr(holder, "current", broken)
    monkeypatch.setattr(holder, "version", lambda: (text,))
    app = run_page("search")
    assert [one.value for one in app.error] == [markup.plain(f"读不了“{text}”".replace("`", ""))]
