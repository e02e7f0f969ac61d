"""Reuse worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.reuse import reused_share

OLD = "一些科室报送信息不够及时，栏目更新存在空档。"
NEW = "群众对公开渠道的知晓程度仍然偏低，需要加大宣传。"


def test_the_same_text_is_wholly_reused_whatever_its_year() -> None:
    assert reused_share("2022年，" + OLD, "2021年，" + OLD) == 1.0


def test_new_text_is_not_reused() -> None:
    assert reused_share(NEW, OLD) == 0.0


def test_half_copied_text() -> None:
    letters_old = sum(ch.isalpha() for ch in OLD)
    letters_new = sum(ch.isalpha() for ch in NEW)
    assert reused_share(OLD + NEW, OLD) == pytest.approx(letters_old / (letters_old + letters_new))


def test_short_texts_tell_nothing() -> None:
    assert reused_share("加强培训", "加强培训") == 0.0


@given(st.text("甲乙丙丁，。12", max_size=60), st.text("甲乙丙丁，。12", max_size=60))
def test_a_share_that_grows_with_what_is_known(a: str, b: str) -> None:
    assert 0.0 <= reused_share(a, b) <= reused_share(a, b + a) <= 1.0
