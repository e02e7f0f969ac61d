"""Which measure answers which problem."""

from dataclasses import replace
from pathlib import Path

import pytest

from nlp.pairing import pair
from nlp.records import Label, Statement
from nlp.taxonomy import Taxonomy

TAXONOMY = Taxonomy.load()
SHARED = Path(__file__).parents[2] / "shared"


def statement(kind: str, *labels: str, ordinal: int | None = None, text: str = "文字") -> Statement:
    return Statement(kind, text, 0, len(text), labels=tuple(Label(x, 0.8) for x in labels), ordinal=ordinal)


def problem(*labels: str, **more) -> Statement:
    return statement("problem", *labels, **more)


def measure(*labels: str, **more) -> Statement:
    return statement("measure", *labels, **more)


def test_first_choice_pairs_whatever_the_order():
    found = pair(
        [problem("staff_capacity"), problem("timeliness_poor"), measure("timeliness_improve"), measure("training")],
        TAXONOMY,
    )
    assert found == ((0, 3), (1, 2))


def test_measures_may_come_first():
    assert pair([measure("training"), problem("staff_capacity")], TAXONOMY) == ((1, 0),)


def test_unrelated_statements_stay_unpaired():
    assert pair([problem("staff_capacity"), measure("digital_data")], TAXONOMY) == ()
    assert pair([problem("staff_capacity")], TAXONOMY) == ()
    assert pair([], TAXONOMY) == ()


def test_the_same_ordinal_alone_pairs_nothing():
    assert pair([problem("staff_capacity", ordinal=1), measure("digital_data", ordinal=1)], TAXONOMY) == ()


def test_second_choice_pairs_where_there_is_no_first():
    second = [problem("awareness_weak"), measure("supervision_assessment"), measure("digital_data")]
    assert pair(second, TAXONOMY) == ((0, 1),)
    assert pair([*second, measure("awareness_leadership")], TAXONOMY) == ((0, 3),)


def test_the_ordinal_decides_between_equals():
    rows = [
        problem("awareness_weak", ordinal=1),
        problem("timeliness_poor", ordinal=2),
        measure("training", ordinal=1),
        measure("supervision_assessment", ordinal=2),
    ]
    assert pair(rows, TAXONOMY)[0] == (0, 2)


def test_one_problem_may_have_several_measures_and_one_measure_several_problems():
    rows = [problem("staff_capacity"), measure("training"), measure("training"), problem("staff_capacity")]
    assert pair(rows, TAXONOMY) == ((0, 1), (0, 2), (3, 1), (3, 2))


def test_similarity_pairs_what_the_labels_do_not():
    rows = [
        problem("general_quality", text="甲"),
        measure("other_measure", text="甲"),
        measure("other_measure", text="乙"),
    ]
    assert pair(rows, TAXONOMY) == ()
    assert pair(rows, TAXONOMY, lambda a, b: 0.9 if a == b else 0.1) == ((0, 1),)


def test_the_surer_label_counts_more():
    sure = measure("training")
    unsure = replace(sure, labels=(Label("training", 0.1),))
    rows = [problem("staff_capacity"), unsure, sure]
    assert (0, 2) in pair(rows, TAXONOMY)


GOLD = {"000": ((0, 3), (1, 4), (2, 5)), "002": ((1, 6), (2, 5), (3, 6)), "003": ((0, 3), (1, 4))}
WEAK = {"002": {(1, 4), (0, 4), (1, 5)}}  # 1 also speaks of how well replies are written


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
@pytest.mark.parametrize("seed", GOLD)
def test_the_real_reports_give_the_pairs_found_by_hand(seed):
    from nlp.labelling import default_labeller
    from nlp.reading import read
    from nlp.sections import split_sections
    from nlp.statements import cut

    document = read(next((SHARED / "seeds").glob(f"{seed}_*.txt")))
    labeller = default_labeller()
    statements = [
        replace(s, labels=labeller.label(s.text, s.kind))
        for s in cut(split_sections(document), document.text).statements
    ]
    assert set(pair(statements, TAXONOMY)) - WEAK.get(seed, set()) == set(GOLD[seed])
