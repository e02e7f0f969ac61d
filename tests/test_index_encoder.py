"""The encoder: the built-in model against sentence-transformers itself, other models, and what goes wrong."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from index.encoder import BUILT_IN, MODELS, StaticEncoder, load_encoder
from index.training import model, vocabulary
from nlp.errors import MingjianError
from nlp.segment import SEGMENTER, joined, words

STATIC = MODELS / "static"
TEXTS = [
    "工作人员身兼数职，难以投入足够精力",
    "2021年新收申请12件，同比下降３.５%",
    "公众号“某某发布”更新慢ＡＢＣ",
    "龘靐齉爩犇骉",
    "𠮷野家",
    "Website www.example.com/a?b=1 打不开",
    "进一步健全政府信息公开工作长效机制。\n二是加强培训",
    "，。！",
    "",
]


@pytest.fixture(scope="module")
def built_in():
    return load_encoder()


def cosines(left, right):
    return (left * right).sum(axis=1)


def test_vectors_have_unit_length_and_nothing_known_is_zero(built_in):
    vectors = built_in.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), 256)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    known = [text not in {"龘靐齉爩犇骉", "，。！", ""} for text in TEXTS]
    assert np.allclose(lengths, known, atol=1e-6)
    assert built_in.encode([]).shape == (0, 256)
    assert built_in.encode_query(TEXTS[0]).shape == (256,)


def test_the_same_folder_gives_the_same_vectors_in_sentence_transformers(built_in):
    from sentence_transformers import SentenceTransformer

    stock = SentenceTransformer(str(STATIC), device="cpu").encode([joined(text) for text in TEXTS])
    ours = built_in.encode(TEXTS)
    some = np.linalg.norm(ours, axis=1) > 0
    assert some.sum() == 6
    assert cosines(ours, stock)[some].min() > 0.9999
    assert not stock[~some].any()


def test_many_texts_and_one_text_take_different_ways_to_the_same_vector(built_in):
    many = built_in.encode(TEXTS * 100)
    single = np.stack([built_in.encode_query(text) for text in TEXTS])
    assert np.allclose(many[: len(TEXTS)], single, atol=1e-5)
    assert np.allclose(many[-len(TEXTS) :], single, atol=1e-5)


def test_the_built_in_model_needs_nothing_heavy():
    code = (
        "import sys; from index.encoder import load_encoder; load_encoder().encode_query('信息公开');"
        "print(sorted({'torch', 'sentence_transformers', 'sklearn', 'scipy', 'transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_who_it_is(built_in):
    assert (built_in.name, built_in.dimension, built_in.segmenter) == (BUILT_IN, 256, SEGMENTER)
    assert load_encoder(BUILT_IN).fingerprint == built_in.fingerprint
    size = sum(path.stat().st_size for path in STATIC.rglob("*") if path.is_file())
    assert size < 20 * 2**20


def test_no_word_is_lost():
    pieces = Tokenizer.from_file(str(STATIC / "tokenizer.json"))
    assert "[UNK]" not in pieces.encode("公开不及时性问题化改造").tokens
    for char in "忙兼慢懂厘":
        assert pieces.encode(char).tokens == [char]
    assert pieces.encode("好龘好").tokens == ["好", "[UNK]", "好"]  # only the unseen character is


def test_numbers_marks_and_width_do_not_matter(built_in):
    same = built_in.encode(["2021 年，共 收到 申请 ３５ 件", "1999 年 共 收到 申请 8 件！"])
    assert cosines(same[:1], same[1:])[0] > 0.9999


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        ("搞公开的人都是兼职忙不过来", "工作人员身兼数职，难以投入足够精力", "网站检索功能较弱，查不到文件"),
        ("文件挂网太慢", "信息发布不够及时，更新滞后", "工作人员对条例理解不深"),
        ("解读老百姓看不懂", "政策解读专业术语较多，不够通俗", "未配备专职人员"),
        ("公众号没人看", "政务新媒体影响力不足，阅读量偏低", "答复文书引用法条有误"),
    ],
)
def test_what_means_the_same_is_nearer(built_in, query, near, far):
    asked = built_in.encode_query(query)
    a, b = built_in.encode([near, far]) @ asked
    assert a > b + 0.1


# -- folders of ones own ------------------------------------------------------------------------------------


def small_static(folder: Path, rows: np.ndarray) -> Path:
    model.save(folder, ["[UNK]", "公", "开", "公开", "慢"], rows.astype(np.float32), "own")
    return folder


def test_a_static_folder_of_ones_own_is_run_without_torch(tmp_path):
    rows = np.random.default_rng(3).normal(size=(5, 8))
    rows[0] = 0
    folder = small_static(tmp_path / "own", rows)
    encoder = load_encoder(str(folder))
    assert isinstance(encoder, StaticEncoder)
    assert encoder.name == str(folder.resolve())
    kept = [word for word in words("公开慢") if word in {"公", "开", "公开", "慢"}]
    mean = np.mean([rows[["[UNK]", "公", "开", "公开", "慢"].index(word)] for word in kept], axis=0)
    assert kept
    assert encoder.encode_query("公开慢") @ (mean / np.linalg.norm(mean)) > 0.999


def test_the_fingerprint_follows_the_files(tmp_path):
    rows = np.eye(5, 8)
    first = load_encoder(str(small_static(tmp_path / "a", rows))).fingerprint
    assert load_encoder(str(small_static(tmp_path / "b", rows))).fingerprint == first
    assert load_encoder(str(small_static(tmp_path / "c", rows * 2))).fingerprint != first


@pytest.fixture(scope="module")
def transformer(tmp_path_factory):
    """A sentence-transformers folder with random weights: two layers, sixteen wide, raw text in."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    base = tmp_path_factory.mktemp("bert")
    chars = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"信息公开工作慢查询：的人员"]
    (base / "vocab.txt").write_text("\n".join(chars), encoding="utf-8")
    BertTokenizerFast(str(base / "vocab.txt")).save_pretrained(base)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(chars), **shape)).save_pretrained(base)
    module = Transformer(str(base))
    folder = tmp_path_factory.mktemp("tiny-model")
    stack = [module, Pooling(16)]
    SentenceTransformer(modules=stack, prompts={"query": "查询："}, device="cpu").save(str(folder))
    return folder


def test_any_sentence_transformers_folder_loads(transformer):
    encoder = load_encoder(str(transformer))
    assert (encoder.dimension, encoder.segmenter, encoder.name) == (16, "", str(transformer.resolve()))
    vectors = encoder.encode(["信息公开工作慢", "人员", "信息公开工作慢"], batch=2)
    assert vectors.shape == (3, 16)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[0], vectors[2], atol=1e-5)
    assert encoder.encode([]).shape == (0, 16)
    assert load_encoder(encoder.name).fingerprint == encoder.fingerprint


def test_a_query_gets_the_prompt_that_the_model_carries(transformer):
    encoder = load_encoder(str(transformer))
    query = encoder.encode_query("信息公开")
    assert np.allclose(query, encoder.encode(["查询：信息公开"])[0], atol=1e-5)
    assert not np.allclose(query, encoder.encode(["信息公开"])[0], atol=1e-3)


def test_a_known_family_gets_its_prompt_where_the_model_carries_none(transformer, tmp_path):
    folder = tmp_path / "bge-small-zh-v1.5"
    shutil.copytree(transformer, folder)
    config = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
    config["prompts"] = {}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config), encoding="utf-8")
    encoder = load_encoder(str(folder))
    prompted = encoder.encode(["为这个句子生成表示以用于检索相关文章：信息公开"])[0]
    assert np.allclose(encoder.encode_query("信息公开"), prompted, atol=1e-5)


def test_the_machine_says_how_a_model_is_run(transformer, monkeypatch):
    plain = load_encoder(str(transformer))
    monkeypatch.setenv("MINGJIAN_MODEL_DEVICE", "cpu")
    monkeypatch.setenv("MINGJIAN_MODEL_MAX_LENGTH", "6")  # with the two marks at the ends: four characters
    monkeypatch.setenv("MINGJIAN_MODEL_BATCH", "1")
    short = load_encoder(str(transformer))
    sizes = []
    encode = short._model.encode
    monkeypatch.setattr(short._model, "encode", lambda *a, **k: (sizes.append(k["batch_size"]), encode(*a, **k))[1])
    one, other = short.encode(["信息公开工作慢", "信息公开人员"], batch=64)
    assert np.allclose(one, other, atol=1e-5)
    assert not np.allclose(*plain.encode(["信息公开工作慢", "信息公开人员"]), atol=1e-3)
    assert sizes == [1]
    assert str(short._model.device) == "cpu"
    assert short.fingerprint != plain.fingerprint, "its vectors are others"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("MAX_LENGTH", "-3", "正整数"), ("BATCH", "viele", "正整数"), ("BACKEND", "tensorflow", "torch、onnx、openvino")],
)
def test_what_the_machine_cannot_mean(transformer, monkeypatch, name, value, told):
    monkeypatch.setenv(f"MINGJIAN_MODEL_{name}", value)
    with pytest.raises(MingjianError, match=told):
        load_encoder(str(transformer))


def test_a_backend_that_is_not_installed_names_what_to_install(transformer, monkeypatch):
    monkeypatch.setenv("MINGJIAN_MODEL_BACKEND", "onnx")
    monkeypatch.setitem(sys.modules, "optimum", None)
    with pytest.raises(MingjianError, match=r"pip install 'sentence-transformers\[onnx\]'"):
        load_encoder(str(transformer))


# -- what goes wrong ----------------------------------------------------------------------------------------


def refusal(name: str) -> str:
    with pytest.raises(MingjianError) as caught:
        load_encoder(name)
    message = str(caught.value)
    assert "\n" not in message
    assert name in message
    return message


def test_a_path_that_is_not_there(tmp_path):
    assert "找不到模型文件夹" in refusal(str(tmp_path / "none"))
    assert "找不到模型文件夹" in refusal("./models/none")


def test_a_folder_without_a_model(tmp_path):
    assert "没有可用的模型" in refusal(str(tmp_path))


def test_a_name_that_cannot_be_had(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    message = refusal("BAAI/bge-small-zh-v1.5-none")
    assert "找不到模型" in message
    assert "--model" in message


@pytest.mark.parametrize("broken", ["model.safetensors", "tokenizer.json"])
def test_a_damaged_static_folder(tmp_path, broken):
    folder = small_static(tmp_path / "own", np.eye(5, 8))
    (folder / broken).write_bytes((folder / broken).read_bytes()[:40])
    assert "损坏" in refusal(str(folder))
    (folder / broken).unlink()
    assert "不完整" in refusal(str(folder))


def test_the_vocabulary_keeps_rare_own_words_and_then_the_frequent():
    chosen = vocabulary.choose({"公开": 9, "信息": 5, "少见": 1, "，": 99}, ["兼职 信息 ，"], size=11)
    assert chosen[0] == "[UNK]"
    assert {"兼职", "信息", "公", "开", "少", "见"} <= set(chosen)
    assert "，" not in chosen
    assert len(chosen) == 11
