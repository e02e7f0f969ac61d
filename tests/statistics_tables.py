"""Tables worked out by hand that the tests of the statutory tables share."""

from __future__ import annotations

from statistics_layouts import COLUMNS, row_keys

from nlp.normalise import normalise
from nlp.records import Document
from nlp.statistics import extract

NOTHING = "（表略）"


def table(three=True, **rows):
    """A table of section three: the rows named, all others zero."""
    return {key: dict(zip(COLUMNS, rows.get(key, (0,) * 7), strict=True)) for key in row_keys(three)}


SMALL = {
    "received_new": (5, 2, 0, 0, 0, 1, 8),
    "carried_in": (1, 0, 0, 0, 0, 0, 1),
    "granted": (2, 1, 0, 0, 0, 0, 3),
    "denied_state_secret": (1, 0, 0, 0, 0, 0, 1),
    "unable_not_held": (1, 1, 0, 0, 0, 1, 3),
    "processed_total": (4, 2, 0, 0, 0, 1, 7),
    "carried_out": (2, 0, 0, 0, 0, 0, 2),
}
REVIEW = {
    "review": {"upheld": 1, "corrected": 2, "other": 0, "pending": 3, "total": 6},
    "suit_direct": {"upheld": 0, "corrected": 0, "other": 4, "pending": 0, "total": 4},
    "suit_after_review": {"upheld": 5, "corrected": 0, "other": 0, "pending": 1, "total": 6},
}
DISCLOSURE_2021 = {
    "regulation": {"issued": "0", "repealed": "0", "in_force": "0"},
    "normative_document": {"issued": "3", "repealed": "1", "in_force": "12"},
    "licence": {"decisions": "1,204"},
    "penalty": {"decisions": "56"},
    "coercion": {"decisions": "0"},
    "admin_fee": {"amount_wan": "12.5"},
}
NUMBERS_2021 = {
    "regulation": {"issued": 0, "repealed": 0, "in_force": 0},
    "normative_document": {"issued": 3, "repealed": 1, "in_force": 12},
    "licence": {"decisions": 1204},
    "penalty": {"decisions": 56},
    "coercion": {"decisions": 0},
    "admin_fee": {"amount_wan": 12.5},
}
DISCLOSURE_2019 = {
    "regulation": {"newly_made": "0", "newly_published": "0", "total_published": "0"},
    "normative_document": {"newly_made": "2", "newly_published": "2", "total_published": "9"},
    "licence": {"items_prev_year": "20", "items_change": "增3", "decisions": "110"},
    "other_service": {"items_prev_year": "7", "items_change": "减2", "decisions": "31"},
    "penalty": {"items_prev_year": "41", "items_change": "0", "decisions": "6"},
    "coercion": {"items_prev_year": "4", "items_change": "+1", "decisions": "/"},
    "admin_fee": {"items_prev_year": "1", "items_change": "-1"},
    "central_procurement": {"items": "4", "amount_yuan": "433.9万元"},
}
NUMBERS_2019 = {
    "regulation": {"newly_made": 0, "newly_published": 0, "total_published": 0},
    "normative_document": {"newly_made": 2, "newly_published": 2, "total_published": 9},
    "licence": {"items_prev_year": 20, "items_change": 3, "decisions": 110},
    "other_service": {"items_prev_year": 7, "items_change": -2, "decisions": 31},
    "penalty": {"items_prev_year": 41, "items_change": 0, "decisions": 6},
    "coercion": {"items_prev_year": 4, "items_change": 1, "decisions": None},
    "admin_fee": {"items_prev_year": 1, "items_change": -1},
    "central_procurement": {"items": 4, "amount_yuan": 4339000.0},
}


def read(text, *, normal=True):
    """Extract from a text, by way of the normaliser or as it is."""
    return extract(Document("x", normalise(text) if normal else text))


def states(found, prefix):
    return {figure.path: figure.state for figure in found.figures if figure.path.startswith(prefix)}
