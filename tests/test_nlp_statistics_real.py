"""The real reports, where they are there: every figure against what a person read in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlp.checks import run_checks
from nlp.forms import application_columns, application_rows, review_axes
from nlp.reading import read
from nlp.statistics import extract

SHARED = Path(__file__).parents[2] / "shared"
GOLD = json.loads((Path(__file__).parent / "statistics_real.json").read_text(encoding="utf-8"))
FILES = [name for name in GOLD if name != "_"]
COLUMNS = [column.key for column in application_columns()]
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout"),
]


def expected_applications(gold):
    if gold["other"] is None:
        return None
    three = {"other_no_correction", "other_fee_unpaid", "other_misc"}
    left_out = {"other_total"} if gold["other"] == "three" else three
    rest = [gold["rest"]] * 7
    keys = [row.key for row in application_rows() if row.key not in left_out]
    return {key: dict(zip(COLUMNS, gold["rows"].get(key, rest), strict=True)) for key in keys}


@pytest.mark.parametrize("name", FILES)
def test_every_figure_of_a_real_report(name):
    gold = GOLD[name]
    document = read(SHARED / name)
    found = extract(document)
    assert found.form == gold["form"]
    assert found.fee_charged_yuan == gold["fee"]
    disclosure = found.disclosure and {key: list(cells.values()) for key, cells in found.disclosure.items()}
    assert disclosure == gold["disclosure"]
    assert found.applications == expected_applications(gold)
    blocks = [axis.key for axis in review_axes()[0]]
    review = found.review and [list(found.review[block].values()) for block in blocks]
    assert review == gold["review"]


@pytest.mark.parametrize("name", FILES)
def test_the_evidence_of_every_figure_is_in_the_text(name):
    document = read(SHARED / name)
    found = extract(document)
    for figure in (*found.figures, *found.prose):
        shown = document.text[figure.start : figure.end]
        assert figure.value is None or figure.raw in shown, figure


@pytest.mark.parametrize("name", FILES)
def test_no_real_report_fails_a_check_without_reason(name):
    document = read(SHARED / name)
    checks = run_checks(extract(document), document.text)
    assert [check for check in checks if check.status == "fail"] == []
    if name.startswith("seeds/"):
        assert {check.status for check in checks} == {"pass"}


def test_a_district_office_counting_its_own_requests_is_no_contradiction():
    document = read(SHARED / "reports/淮安市洪泽区人民政府2024.pdf")
    checks = {check.rule: check for check in run_checks(extract(document), document.text) if check.rule == "TXT-A"}
    assert checks["TXT-A"].status == "uncertain"
    assert "17" in checks["TXT-A"].message
    assert "95" in checks["TXT-A"].message


def test_what_the_prose_of_a_city_states():
    found = extract(read(SHARED / "reports/淮安市人民政府2024.pdf"))
    stated = {figure.path: (figure.value, figure.approximate) for figure in found.prose}
    assert stated["prose.published_items.website"] == (5500, True)
    assert stated["prose.received"] == (3119, False)
    assert stated["prose.answered"] == (3050, False)
    assert stated["prose.carried_in"] == (34, False)
    assert stated["prose.carried_out"] == (103, False)
    assert stated["prose.fee_yuan"] == (3940, False)
