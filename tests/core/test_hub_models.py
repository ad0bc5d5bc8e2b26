import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.model_hub import PIECE, SHA, ModelHub, connect, serving
from tests.ui.model_folders import write_model
from workbench.core import hub_download, hub_errors, hub_models, models
from workbench.core.datasets import hub_transfer
from workbench.core.errors import UserError
from workbench.core.hub_download import Moved

NAME = "someone/little"
BIG = {"model.layers.0.mlp.up_proj.weight": (2048, 1024)}
"""Four megabytes: 64 pieces of the server."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModelHub]:
    with serving() as served:
        connect(monkeypatch, served, tmp_path / "hub")
        monkeypatch.setattr(hub_transfer, "CHUNK", PIECE)
        yield served


@pytest.fixture
def little(hub: ModelHub, tmp_path: Path) -> Path:
    """A model on the hub, and its folder, with files beside it that nobody wants."""
    folder = write_model(tmp_path / "uploaded", BIG)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Little\n")
    (folder / "LICENSE").write_text("You may.")
    (folder / "tokenizer.json").write_text("{}")
    for unwanted in ("pytorch_model.bin", "consolidated.safetensors", "onnx/config.json", "original/model.safetensors"):
        (folder / unwanted).parent.mkdir(exist_ok=True)
        (folder / unwanted).write_bytes(b"x" * 100)
    hub.add(NAME, folder)
    return folder


WANTED = {"config.json", "model.safetensors", "README.md", "LICENSE", "tokenizer.json"}


def here(path: Path) -> set[str]:
    return {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}


def part(tmp_path: Path) -> Path:
    [found] = (tmp_path / "hub" / "models--someone--little" / "blobs").glob(".*.part")
    return found


def test_a_search_finds_what_can_be_used_and_says_what_it_is(hub: ModelHub, tmp_path: Path) -> None:
    usual = write_model(tmp_path / "usual")
    sizes = {"parameters": {"BF16": 100, "F32": 10}, "total": 110}
    hub.add("a/little", usual, downloads=5, safetensors=sizes, cardData={"license": "other", "license_name": "mine"})
    hub.add("b/little", usual, downloads=9, gated="manual", cardData={})
    hub.add("c/large", usual)
    hub.add("d/little-code", usual, tags=["custom_code"])
    hub.add("e/little-gptq", usual, config={"model_type": "llama", "quantization_config": {"quant_method": "gptq"}})
    hub.add("f/little-lora", usual, tags=["peft"])
    hub.add("g/little-bert", usual, pipeline_tag="fill-mask", config={"model_type": "bert"}, downloads=7)
    found = hub_models.search(" Little ")
    assert [model.name for model in found] == ["b/little", "g/little-bert", "a/little"]
    assert (found[2].bytes, found[2].parameters, found[2].licence, found[2].gated) == (240, 110, "mine", False)
    assert (found[0].gated, found[0].licence, found[0].likes, found[0].downloads) == (True, "", 7, 9)
    assert [model.name for model in hub_models.search("little", ["sequence-classifier"])] == ["g/little-bert"]
    assert all(query["filter"] == ["safetensors", "transformers"] for query in hub.queries)
    assert all(query["search"] == ["little"] or query["search"] == ["Little"] for query in hub.queries)


def test_a_model_is_described_before_its_weights_are_fetched(hub: ModelHub, little: Path) -> None:
    model = hub_models.describe(NAME)
    assert {file.path for file in model.files} == WANTED
    assert model.bytes == sum((little / name).stat().st_size for name in WANTED)
    assert (model.architecture, model.family, model.licence, model.refusal) == ("causal-lm", "llama", "apache-2.0", "")
    assert model.licence_link == f"{hub.endpoint}/{NAME}/blob/{SHA}/LICENSE"
    assert model.revision == SHA
    assert not hub.fetched(".safetensors")


def test_weights_in_one_file_are_not_fetched_in_parts_too(hub: ModelHub, little: Path) -> None:
    for name in ("model-00001-of-00001.safetensors", "model.safetensors.index.json"):
        (little / name).write_bytes(b"{}")
    hub.add(NAME, little)
    assert {file.path for file in hub_models.describe(NAME).files} == WANTED
    (little / "model.safetensors").unlink()
    hub.add(NAME, little)
    paths = {file.path for file in hub_models.describe(NAME).files}
    assert {"model-00001-of-00001.safetensors", "model.safetensors.index.json"} < paths


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"auto_map": {}, "model_type": "brand_new"}, "wants to run code of its own"),
        ({"quantization_config": {"quant_method": "awq"}}, r"quantised \(awq\)"),
        ({"model_type": "t5", "is_encoder_decoder": True}, "encoder-decoder"),
    ],
)
def test_what_cannot_be_used_is_said_before_its_weights_are_fetched(
    hub: ModelHub, little: Path, change: dict[str, Any], sentence: str
) -> None:
    config = json.loads((little / "config.json").read_text())
    (little / "config.json").write_text(json.dumps({**config, **change}))
    hub.add(NAME, little)
    with pytest.raises(UserError, match=sentence):
        models.download(NAME)
    assert not hub.fetched(".safetensors")


def test_pickled_adapters_gated_and_unknown_models_are_named(hub: ModelHub, little: Path, tmp_path: Path) -> None:
    (little / "model.safetensors").unlink()
    (little / "consolidated.safetensors").unlink()
    hub.add("a/pickled", little)
    with pytest.raises(UserError, match=r"The weights in a/pickled are pickled \(pytorch_model\.bin\)"):
        models.download("a/pickled")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    (adapter / "adapter_model.safetensors").write_bytes(b"x")
    hub.add("a/lora", adapter, cardData={"base_model": "someone/base"})
    with pytest.raises(UserError, match=r"a/lora holds an adapter .* “someone/base”"):
        models.download("a/lora")
    hub.add("a/gated", little, gated="auto")
    hub.closed.add("a/gated")
    (little / "model.safetensors").write_bytes(b"x")
    hub.add("a/gated", little, gated="auto")
    assert hub_models.describe("a/gated").gated
    with pytest.raises(UserError, match="accepted its terms"):
        models.download("a/gated")
    with pytest.raises(UserError, match="There is no model “no/body” on Hugging Face"):
        models.download("no/body")
    with pytest.raises(UserError, match="cannot be a model of Hugging Face"):
        models.download("no/bo dy")


def test_a_download_brings_what_is_wanted_into_the_usual_cache(hub: ModelHub, little: Path, tmp_path: Path) -> None:
    from huggingface_hub import scan_cache_dir, snapshot_download

    told: list[Moved] = []
    folder = models.download(NAME, told.append)
    assert here(folder) == WANTED
    assert all((folder / name).read_bytes() == (little / name).read_bytes() for name in WANTED)
    total = hub_models.describe(NAME).bytes
    assert [moved.here for moved in told] == sorted(moved.here for moved in told)
    assert (told[-1].here, told[-1].total, told[-1].share) == (total, total, 1.0)
    assert len({moved.here for moved in told}) > 30
    assert folder == models.locate(NAME) == Path(snapshot_download(NAME, local_files_only=True))
    assert folder.name == SHA
    assert [repo.repo_id for repo in scan_cache_dir(tmp_path / "hub").repos] == [NAME]
    info = models.inspect(NAME)
    assert (info.name, info.licence, info.parameters) == (NAME, "apache-2.0", 40 + 16 + 2048 * 1024)
    asked = len(hub.asked)
    assert models.obtain(NAME) == folder
    assert len(hub.asked) == asked, "what is here is not asked for again"


def test_a_line_that_breaks_is_taken_up_where_it_broke(hub: ModelHub, little: Path) -> None:
    hub.cut_after = [PIECE * 5, PIECE * 12]
    folder = models.download(NAME)
    assert (folder / "model.safetensors").read_bytes() == (little / "model.safetensors").read_bytes()
    ranges = hub.fetched("model.safetensors")
    starts = [int(asked.removeprefix("bytes=").rstrip("-") or 0) for asked in ranges]
    assert len(starts) == 3 and starts[0] == 0
    assert 0 < starts[1] <= PIECE * 5 < starts[2] <= PIECE * 12


def test_a_cancelled_download_is_not_there_and_goes_on_the_next_time(
    hub: ModelHub, little: Path, tmp_path: Path
) -> None:
    told: list[Moved] = []
    model = hub_models.describe(NAME)
    with pytest.raises(UserError, match=r"was cancelled. It goes on from there"):
        hub_download.download(model, told.append, lambda: bool(told) and told[-1].here >= PIECE * 10)
    kept = part(tmp_path).stat().st_size
    assert PIECE * 9 <= kept < PIECE * 12
    with pytest.raises(UserError, match="There is no model"):
        models.locate(NAME)
    told.clear()
    folder = hub_download.download(model, told.append)
    assert told[0].here == kept
    assert hub.fetched("model.safetensors") == ["", f"bytes={kept}-"]
    assert (folder / "model.safetensors").read_bytes() == (little / "model.safetensors").read_bytes()
    assert not list((tmp_path / "hub").rglob("*.part"))


def test_a_process_that_is_killed_leaves_what_it_had(hub: ModelHub, little: Path, tmp_path: Path) -> None:
    hub.keep_after = PIECE * 40
    child = get("--json")
    assert child.stderr is not None
    assert any("2.1 MB of 4.2 MB" in line for line in child.stderr), "then the first megabyte is written"
    child.kill()
    child.communicate()
    kept = part(tmp_path).stat().st_size
    assert kept in (1 << 20, 2 << 20)
    hub.keep_after = 0
    hub.go_on.set()
    child = get("--json")
    out, err = child.communicate()
    assert child.returncode == 0, err
    report = json.loads(out)
    assert (report["model"], report["licence"], report["revision"]) == (NAME, "apache-2.0", SHA)
    assert here(Path(report["path"])) == WANTED
    assert hub.fetched("model.safetensors")[-1] == f"bytes={kept}-"
    assert "Licence: apache-2.0" in err


def get(*more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workbench", "model", "get", NAME, *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def test_a_file_that_arrives_changed_is_refused(hub: ModelHub, little: Path, tmp_path: Path) -> None:
    model = hub_models.describe(NAME)
    right = hub.files[NAME]["model.safetensors"]
    hub.files[NAME]["model.safetensors"] = b"y" * len(right)
    with pytest.raises(UserError, match=r"model\.safetensors arrived damaged"):
        hub_download.download(model)
    hub.files[NAME]["model.safetensors"] = right
    assert (hub_download.download(model) / "model.safetensors").read_bytes() == right


def test_a_disk_that_is_too_small_is_said_first(hub: ModelHub, little: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1_000_000

    monkeypatch.setattr(hub_errors.shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(UserError, match=r"not enough disk space .* 4 MB are needed, 1 MB are free"):
        models.download(NAME)
    assert not hub.fetched("model.safetensors")


def test_two_do_not_write_into_the_same_file(hub: ModelHub, little: Path) -> None:
    hub.keep_after = PIECE * 5
    begun = threading.Event()
    model = hub_models.describe(NAME)
    first = threading.Thread(target=hub_download.download, args=(model, lambda moved: begun.set()))
    first.start()
    assert begun.wait(30)
    with pytest.raises(UserError, match="is being downloaded already"):
        hub_download.download(model)
    hub.go_on.set()
    first.join()
    assert models.locate(NAME).name == SHA


def test_half_of_a_model_that_something_else_left_is_completed(hub: ModelHub, little: Path) -> None:
    from huggingface_hub import hf_hub_download

    hf_hub_download(NAME, "config.json", endpoint=hub.endpoint)
    with pytest.raises(UserError, match="There are no weights"):
        models.inspect(NAME)
    assert here(models.obtain(NAME)) == WANTED


def test_without_a_network_it_says_so(hub: ModelHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    for ask in (lambda: hub_models.search("little"), lambda: models.obtain("some/where")):
        with pytest.raises(UserError, match=r"Hugging Face cannot be reached\. Check the network"):
            ask()


def test_a_hub_that_does_not_answer_is_waited_for_for_a_limited_time(
    hub: ModelHub, little: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_models, "TIMEOUT", 0.2)
    hub.silent = True
    for ask in (lambda: hub_models.search("little"), lambda: hub_models.describe(NAME)):
        with pytest.raises(UserError, match=r"Hugging Face cannot be reached"):
            ask()


def test_what_is_longer_than_the_file_is_no_beginning_of_it(hub: ModelHub, little: Path, tmp_path: Path) -> None:
    model = hub_models.describe(NAME)
    with pytest.raises(UserError, match="was cancelled"):
        hub_download.download(model, cancelled=lambda: bool(hub.fetched("model.safetensors")))
    part(tmp_path).write_bytes(b"x" * 5_000_000)
    assert (hub_download.download(model) / "model.safetensors").read_bytes() == hub.files[NAME]["model.safetensors"]


def test_how_far_it_is_in_words() -> None:
    assert Moved(1_000_000, 20_000_000).text() == "1.0 MB of 20 MB"
    assert Moved(1_000_000, 20_000_000, 300).text() == "1.0 MB of 20 MB, about 5 min left"
    assert Moved(0, 0).share == 1.0


def test_the_speed_counts_from_where_it_went_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 14.0])
    monkeypatch.setattr(hub_download.time, "monotonic", lambda: next(clock))
    told: list[Moved] = []
    gauge = hub_download._Gauge(1000, told.append, None)
    gauge.move(600)  # was here already
    gauge.move(700)  # 100 bytes in 4 seconds: 300 more take 12
    assert [moved.left for moved in told] == [None, 12.0]
