import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from workbench.core import models, starter_data, starters
from workbench.core.errors import UserError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    return tmp_path


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_reviews_are_downloaded_and_labelled_by_their_ratings(cache: Path) -> None:
    told: list[str] = []
    path = starters.get("reviews", lambda text, share: told.append(text))
    found = rows(path)
    assert Counter(row["label"] for row in found) == {"positive": 1725, "negative": 1218}
    assert all((row["rating"] > 0.5) == (row["label"] == "positive") for row in found)
    assert min(abs(row["rating"]) for row in found) > 0.5
    assert found[0]["text"] == "troubleshooting ad-2500 and ad-2600 no picture scrolling b/w."
    assert starters.is_ready("reviews")
    assert told[-1] == "reviews is ready"
    assert "Permission is hereby granted" in (path.parent / "LICENSE").read_text()
    assert not list(cache.rglob(".staging-*"))
    assert not list((cache / "downloads").iterdir())


def test_small_talk_has_both_languages_and_no_broken_pair(cache: Path) -> None:
    found = rows(starters.get("small-talk"))
    languages = Counter(row["language"] for row in found)
    assert languages["en"] > 1000
    assert languages["ja"] > 700
    assert all(row["prompt"].strip() and row["answer"].strip() for row in found)
    assert len({(row["prompt"], row["answer"]) for row in found}) == len(found)
    pairs = {row["prompt"]: row["answer"] for row in found}
    assert pairs["How is your health?"] == "I'm not feeling well"
    assert pairs["When?"] == "In the morning"


def test_a_file_with_many_answers_gives_a_pair_each(tmp_path: Path) -> None:
    talk = "conversations:\n- ['Who?', Me., You.]\n- not a list\n- [Odd, 3]\n- [Nothing, '']\n"
    (tmp_path / "computers.yml").write_text(talk)
    assert list(starter_data._pairs(tmp_path / "computers.yml")) == [("Who?", "Me."), ("Who?", "You.")]
    (tmp_path / "health.yml").write_text(talk)
    assert list(starter_data._pairs(tmp_path / "health.yml")) == [("Who?", "Me."), ("Me.", "You.")]


def test_digits_are_1797_pictures_in_ten_folders(cache: Path) -> None:
    from PIL import Image

    folder = starters.get("digits")
    assert sorted(path.name for path in folder.iterdir()) == [str(digit) for digit in range(10)]
    pictures = list(folder.glob("*/*.png"))
    assert len(pictures) == 1797
    with Image.open(folder / "0" / "0000.png") as picture:
        assert (picture.size, picture.mode) == ((32, 32), "L")
        assert picture.getpixel((16, 16)) < 60 < 200 < picture.getpixel((10, 12))


def test_another_file_than_the_pinned_one_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = msgspec.structs.replace(starters.DATA["small-talk"], sha256="0" * 64)
    monkeypatch.setitem(starters.DATA, "small-talk", other)
    with pytest.raises(UserError, match="refused") as caught:
        starters.get("small-talk")
    assert "0" * 64 in caught.value.detail
    assert not starters.is_ready("small-talk")
    assert not starters.folder("small-talk").exists()


def test_without_a_network_one_sentence_and_nothing_half_made(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match="Check the network"):
        starters.get("small-talk")
    assert not starters.is_ready("small-talk")
    assert not list(cache.rglob("*.jsonl"))


KILLED_WHILE_WRITING = """
import os, signal
from workbench.core import starter_data, starters

def die(archive, target):
    target.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

starter_data.WRITERS["small-talk"] = die
starters.get("small-talk")
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_killed_half_way_nothing_is_ready_and_the_next_call_carries_on(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING], check=False)
    assert died.returncode < 0
    assert not starters.is_ready("small-talk")
    assert list(cache.rglob(".staging-*"))
    kept = list((cache / "downloads").iterdir())
    assert len(kept) == 1
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # the download is there already
    assert len(rows(starters.get("small-talk"))) > 1000
    assert not list(cache.rglob(".staging-*"))


def test_a_damaged_kept_download_is_fetched_again(cache: Path) -> None:
    kept = cache / "downloads" / "chatterbot-corpus-1.3.3"
    kept.parent.mkdir()
    kept.write_bytes(b"cut off")
    assert len(rows(starters.get("small-talk"))) > 1000


def test_an_older_version_is_not_ready_and_replaced(cache: Path) -> None:
    folder = starters.get("digits").parent
    ready = json.loads((folder / "ready.json").read_text())
    (folder / "ready.json").write_text(json.dumps({**ready, "sha256": "old"}))
    (folder / "left over").touch()
    assert not starters.is_ready("digits")
    starters.get("digits")
    assert starters.is_ready("digits")
    assert not (folder / "left over").exists()


def test_too_little_disk_space_is_said_before_anything(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = msgspec.structs.replace(starters.DATA["reviews"], size=10**16)
    monkeypatch.setitem(starters.DATA, "reviews", huge)
    with pytest.raises(UserError, match="not enough disk space"):
        starters.get("reviews")


def test_an_unknown_name_lists_the_known_ones(cache: Path) -> None:
    with pytest.raises(UserError, match=r"“bert”.*minilm-l6"):
        starters.get("bert")


def test_the_starter_models_are_what_they_should_be() -> None:
    for name in starters.MODELS:
        starters.get(name)
    chat = models.inspect("smollm2-135m-instruct")
    assert (chat.architecture, chat.parameters, chat.bytes_per_parameter) == ("causal-lm", 134_515_008, 2.0)
    assert chat.chat
    folder = starters.model_folder("smollm2-135m-instruct")
    assert "quantization_config" not in json.loads((folder / "config.json").read_text())
    assert json.loads((folder / "generation_config.json").read_text())["eos_token_id"] == 2
    sentences = models.inspect("minilm-l6")
    assert (sentences.architecture, sentences.hidden_size, sentences.layers) == (
        "sequence-classifier",
        384,
        6,
    )
