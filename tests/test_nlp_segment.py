"""Words: our dictionary is obeyed, both engines agree, the cache is safe."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import dictionary, segment
from nlp.labelling import Taxonomy
from nlp.segment import SEGMENTER, cut_with, domain_words, engine, joined, stop_phrases, stop_words, words

FIXED = [
    "依申请公开答复文书不够规范，政务新媒体更新不及时，经办人员身兼数职，三审三校落实不到位。",
    "2021年，我局将通过www.example.gov.cn和微信公众号（ID：gh_12ab）发布政策解读98.5%，来电0551-12345678。",
    "研究生命起源的科学家在南京市长江大桥边结婚的和尚未结婚的青年座谈。",
    "AI智能问答、“一网通办”、惠企政策“免申即享”，共1.5万条；浏览量达862.1万人次。",
    "㐀𠮷龘靐，繁體字與簡體字混排，政府信息公開工作。",
    "",
    "   \n\t",
]


@pytest.fixture(scope="module")
def reference():
    return engine("jieba")


def test_words_of_the_trade_stay_whole():
    found = words(FIXED[0])
    assert {"依申请公开", "政务新媒体", "更新不及时", "身兼数职", "三审三校"} <= set(found)
    assert "".join(found) == FIXED[0]


def test_every_domain_word_is_kept_whole_by_the_reference(reference):
    broken = [word for word in domain_words() if cut_with(reference, word) != [word]]
    assert broken == []
    assert len(domain_words()) >= 300


def test_addresses_numbers_and_latin_words_stay_whole():
    found = words(FIXED[1])
    assert {"2021", "www.example.gov.cn", "98.5%", "gh_12ab", "0551-12345678"} <= set(found)


def test_both_engines_cut_alike(reference):
    pytest.importorskip("rjieba")
    fast = engine("rjieba")
    texts = FIXED + [e for label in Taxonomy.load() for e in label.examples] + list(domain_words())
    for text in texts:
        assert cut_with(fast, text) == cut_with(reference, text), text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="政务公开信息依申请答复不及时，。1a. ", max_size=60))
def test_nothing_but_blanks_is_lost(text):
    assert "".join("".join(words(text)).split()) == "".join(text.split())


def test_joined_gives_words_without_punctuation_in_lower_case():
    assert joined("AI智能问答，政策解读。") == "ai 智能问答 政策解读"
    assert joined("") == ""


def test_the_name_says_engine_and_dictionary():
    name, _, dictionary = SEGMENTER.partition("+")
    assert name == "jieba-0.42.1"
    assert dictionary == f"mingjian-{segment.DICTIONARY}"


def test_a_changed_dictionary_needs_a_new_number():
    raw = (segment.FOLDER / "domain.txt").read_bytes()
    known = {1: "bc64fb52f64cb6b9"}
    assert hashlib.sha256(raw).hexdigest()[:16] == known[segment.DICTIONARY], "raise DICTIONARY in nlp/segment.py"


def test_stop_lists():
    assert {"的", "我局", "进一步"} <= stop_words()
    assert stop_words() < stop_phrases()
    assert {"政府信息公开工作", "有待提高"} <= stop_phrases()


def test_jieba_is_not_imported_before_it_is_needed():
    code = "import sys, nlp.segment; print('jieba' in sys.modules or 'rjieba' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert run.stdout.strip() == "False"


SMALL = ({"政": 0, "政务": 7, "公开": 3}, 10)


def test_the_cache_gives_back_what_was_written(tmp_path):
    path = tmp_path / "new" / "words.bin"
    dictionary.write_cache(path, *SMALL)
    found = dictionary.read_cache(path)
    assert (found.whole(), found.total) == SMALL
    assert [p.name for p in path.parent.iterdir()] == ["words.bin"]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers(0, 2**31 - 1)), st.lists(st.text(max_size=4)))
def test_a_kept_dictionary_answers_as_a_dict_does(tmp_path_factory, words, others):
    path = tmp_path_factory.mktemp("kept") / "words.bin"
    words = {word: value for word, value in words.items() if word.isprintable()}
    dictionary.write_cache(path, words, 5)
    found = dictionary.read_cache(path)
    assert found.whole() == words
    for word in (*words, *others):
        assert found.get(word) == words.get(word)
        assert (word in found) == (word in words)


@pytest.mark.parametrize("at", [0, 20, 60, 70, -1])
def test_a_changed_byte_in_the_cache_is_noticed(tmp_path, at):
    path = tmp_path / "words.bin"
    dictionary.write_cache(path, *SMALL)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert dictionary.read_cache(path) is None


@pytest.mark.parametrize("data", [b"", b"x", dictionary.MAGIC, dictionary.MAGIC + b"0" * 100])
def test_a_broken_cache_is_no_cache(tmp_path, data):
    path = tmp_path / "words.bin"
    path.write_bytes(data)
    assert dictionary.read_cache(path) is None
    assert dictionary.read_cache(tmp_path / "missing.bin") is None
    assert dictionary.read_cache(tmp_path) is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    dictionary.write_cache(blocked / "words.bin", *SMALL)
    assert blocked.read_text() == "no folder"


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A cache folder of the test's own, and a segmenter that has cut nothing yet."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(segment, "_cut", {"characters": 0})
    segment._at_hand.cache_clear()
    yield segment._kept_at()
    segment._at_hand.cache_clear()


def test_the_dictionary_is_kept_once_and_mended(own_cache):
    assert segment._at_hand() is None
    built = segment.prepare()
    assert built is not None
    assert dictionary.read_cache(own_cache).whole() == built[0]
    assert segment.prepare() is None
    own_cache.write_bytes(own_cache.read_bytes()[:-1])
    assert segment.prepare() == built


def test_the_first_few_sentences_are_cut_alike_without_loading_an_engine(own_cache, reference, monkeypatch):
    segment.prepare()
    segment._at_hand.cache_clear()
    monkeypatch.setattr(segment, "engine", lambda *_: pytest.fail("loaded"))
    texts = [e for label in Taxonomy.load() for e in label.examples][:40] + FIXED[:4]
    for text in texts:
        monkeypatch.setattr(segment, "_cut", {"characters": 0})
        assert words(text) == cut_with(reference, text)
        assert segment.search_words(text) == cut_with(reference.__self__.lcut_for_search, text)


def test_many_sentences_are_cut_by_the_engine(own_cache, monkeypatch):
    segment.prepare()
    segment._at_hand.cache_clear()
    asked = []
    real = segment.engine
    monkeypatch.setattr(segment, "engine", lambda *given: asked.append(given) or real(*given))
    while not asked and segment._cut["characters"] < 2 * segment.FEW:
        words(FIXED[0])
    assert segment.FEW < segment._cut["characters"] <= segment.FEW + len(FIXED[0])


def test_cutting_works_without_any_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "nowhere"))
    monkeypatch.setattr(segment, "write_cache", lambda *_: None)
    assert cut_with(segment._jieba(), "依申请公开答复") == ["依申请公开", "答复"]
