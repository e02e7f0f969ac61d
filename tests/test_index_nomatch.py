"""What fits and what does not, in an archive of three reports as in one of three hundred."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import Archive
from index.encoder import load_encoder
from index.nomatch import Calibration, _measured, evidence, off_topic
from index.ranking import Features
from index.settings import LEAST, MOST

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
SAMPLE = ROOT / "corpora" / "sample" / "reports"


@pytest.fixture(scope="module", params=["江西省", "all"])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """A province's dozen reports, and all of the sample."""
    with Archive.open(tmp_path_factory.mktemp("nomatch") / "archive") as opened:
        opened.add([SAMPLE if request.param == "all" else SAMPLE / request.param], workers=2)
        yield opened


@pytest.mark.parametrize("query", ["食堂补贴标准", "年会抽奖", "房价走势", "怎么做红烧肉", "狗怎么管理"])
def test_off_topic_questions_find_nothing_and_get_a_hint(archive: Archive, query: str) -> None:
    answer = archive.search(query)
    assert answer.no_match
    assert answer.hits == ()
    assert answer.suggestions


@pytest.mark.parametrize("query", ["政策解读形式单一", "政务新媒体更新少", "加强业务培训"])
def test_plain_questions_find_something(archive: Archive, query: str) -> None:
    assert not archive.search(query).no_match


def test_threshold_lies_between_its_bounds_and_grows_with_the_archive(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a") as small:
        small.add([SAMPLE / "江西省"])
        threshold = small.searcher()._calibration.threshold
        assert LEAST <= threshold <= MOST
        small.add([SAMPLE], workers=2)
        assert small.searcher()._calibration.threshold > threshold


class _Crowded:
    """An archive so large that some statement is this near to any question."""

    def __init__(self, nearest: float) -> None:
        self.nearest = nearest

    def sample(self, count: int) -> list[int]:
        return list(range(count))

    def vectors(self, rows: list[int]) -> Any:
        return np.eye(len(rows), dtype=np.float32)  # no two statements are alike: chance is 0

    def closest(self, questions: Any) -> list[float]:
        return [self.nearest] * len(questions)


@pytest.mark.parametrize(("nearest", "least", "most"), [(0.0, LEAST, LEAST), (0.72, 0.40, MOST), (1.0, MOST, MOST)])
def test_more_is_asked_for_where_chance_alone_comes_near(nearest: float, least: float, most: float) -> None:
    crowded: Any = _Crowded(nearest)
    assert least <= _measured(crowded, load_encoder()).threshold <= most


def test_a_question_of_another_field_needs_more_than_a_near_statement() -> None:
    asked = Calibration().threshold
    assert evidence(Features(0.0, 0.6, 0.0, 0.0, domain=0.0)) < asked
    assert evidence(Features(0.0, 0.6, 0.0, 0.0, domain=0.5)) > asked  # a model that cannot tell the field
    assert evidence(Features(0.0, 0.32, 0.0, 0.0, domain=1.0)) > asked
    assert evidence(Features(0.0, 0.2, 0.0, 0.0, domain=1.0)) < asked  # of the field, yet not near


def test_a_text_that_holds_the_question_always_fits(archive: Archive) -> None:
    words = archive.statements(kind="problem")[0].text[:9]
    assert any(words in hit.text for hit in archive.search(words).hits)


def test_off_topic_questions_are_many_and_distinct() -> None:
    assert len(set(off_topic())) == len(off_topic()) >= 20


@pytest.mark.skipif(not SHARED.exists(), reason="needs the real reports beside the checkout")
def test_three_real_reports_answer_with_their_staff_statements(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a") as archive:
        archive.add([SHARED / "seeds"])
        hits = archive.search("工作人员业务不熟练").hits
        assert [hit.agency for hit in hits[:2]] == ["北仑区应急管理局", "满洲里市应急管理局"]
        assert all("staff_capacity" in hit.labels for hit in hits[:2])
        assert archive.search("食堂补贴标准").no_match
