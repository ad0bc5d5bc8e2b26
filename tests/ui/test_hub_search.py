from collections.abc import Iterator
from pathlib import Path

import pytest
from finding import find
from model_folders import write_model
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QProgressBar, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from tests.core.model_hub import PIECE, ModelHub, connect, serving
from workbench.core import models
from workbench.core.errors import UserError
from workbench.ui.model.choices import ModelChoices
from workbench.ui.model.hub_search import named
from workbench.ui.widgets.notice import Notice

NAME = "someone/little"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModelHub]:
    with serving() as served:
        connect(monkeypatch, served, tmp_path / "hub")
        sizes = {"parameters": {"BF16": 4_200_000}, "total": 4_200_000}
        big = {"model.layers.0.mlp.up_proj.weight": (2048, 2048)}
        served.add(NAME, write_model(tmp_path / "little", big), safetensors=sizes)
        yield served


@pytest.fixture
def choices(hub: ModelHub, qtbot: QtBot, qapp: object) -> ModelChoices:
    made = ModelChoices("model")
    qtbot.addWidget(made)
    made.resize(600, 900)
    made.show()
    find(made, QToolButton, "model.hub_open").click()
    return made


def search(choices: ModelChoices, text: str) -> None:
    find(choices, QLineEdit, "model.hub").setText(text)
    find(choices, QPushButton, "model.hub_search").click()


def look_up(choices: ModelChoices, qtbot: QtBot, name: str = NAME) -> QPushButton:
    search(choices, name)
    about = find(choices, QLabel, "model.hub_about")
    qtbot.waitUntil(lambda: about.isVisible(), timeout=20_000)
    return find(choices, QPushButton, "model.download")


def said(choices: ModelChoices) -> str:
    return " ".join(notice.text() for notice in choices.findChildren(Notice))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" someone/little ", NAME),
        ("https://huggingface.co/someone/little/tree/main", NAME),
        ("little", ""),
        ("little language model", ""),
        ("", ""),
    ],
)
def test_a_name_or_an_address_is_looked_up_and_the_rest_searched_for(text: str, name: str) -> None:
    assert named(text) == name


def test_it_is_folded_away_and_asks_nothing_by_itself(hub: ModelHub, qtbot: QtBot, qapp: object) -> None:
    made = ModelChoices("model")
    qtbot.addWidget(made)
    made.show()
    assert not find(made, QLineEdit, "model.hub").isVisible()
    find(made, QToolButton, "model.hub_open").click()
    assert find(made, QLineEdit, "model.hub").isVisible()
    assert hub.asked == []


def test_results_show_licence_and_size_and_the_picked_one_is_described(
    choices: ModelChoices, hub: ModelHub, qtbot: QtBot
) -> None:
    choices.show_for(["causal-lm"])
    search(choices, "little")
    results = find(choices, QListWidget, "model.hub_results")
    qtbot.waitUntil(lambda: results.count() == 1, timeout=20_000)
    assert results.item(0).text() == f"{NAME}\napache-2.0 · 8.4 MB · 1,000 downloads"
    assert [query["pipeline_tag"] for query in hub.queries] == [["text-generation"]]
    results.setCurrentRow(0)
    get = find(choices, QPushButton, "model.download")
    qtbot.waitUntil(get.isVisible, timeout=20_000)
    assert find(choices, QLabel, "model.hub_about").text() == "Language model that writes (llama) · 4 M parameters"
    licence = find(choices, QLabel, "model.hub_licence").text()
    assert licence == f'Licence: <a href="{hub.endpoint}/{NAME}">apache-2.0</a>'
    assert find(choices, QLabel, "model.hub_note").text() == "8.4 MB to download"
    assert not hub.fetched(".safetensors")


def test_what_cannot_be_used_is_said_and_cannot_be_downloaded(
    choices: ModelChoices, hub: ModelHub, qtbot: QtBot, tmp_path: Path
) -> None:
    hub.add("a/code", write_model(tmp_path / "code", auto_map={"AutoModel": "x.py"}))
    get = look_up(choices, qtbot, "a/code")
    assert not get.isVisible()
    assert "wants to run code of its own" in find(choices, QLabel, "model.hub_refusal").text()


def test_a_model_is_downloaded_with_progress_and_then_chosen(
    choices: ModelChoices, hub: ModelHub, qtbot: QtBot
) -> None:
    hub.keep_after = PIECE * 60
    get = look_up(choices, qtbot)
    get.click()
    bar, words = find(choices, QProgressBar, "model.hub_progress"), find(choices, QLabel, "model.hub_progress_words")
    qtbot.waitUntil(lambda: bar.value() > 0, timeout=60_000)
    assert f"{bar.value()} % · " in words.text()
    assert "of 8.4 MB" in words.text()
    assert not get.isVisible()
    with qtbot.waitSignal(choices.chosen, timeout=60_000) as chosen:
        hub.go_on.set()
    assert (chosen.args[0].name, chosen.args[0].model_type) == (NAME, "llama")
    assert (get.isVisible(), get.text()) == (True, "Choose")
    assert look_up(choices, qtbot).text() == "Choose", "it is here now"


def test_cancelling_ends_it_at_once_and_the_next_download_goes_on(
    choices: ModelChoices, hub: ModelHub, qtbot: QtBot, tmp_path: Path
) -> None:
    hub.keep_after = PIECE * 60
    get = look_up(choices, qtbot)
    get.click()
    qtbot.waitUntil(lambda: find(choices, QProgressBar, "model.hub_progress").value() > 20, timeout=60_000)
    qtbot.mouseClick(find(choices, QPushButton, "model.hub_cancel"), Qt.MouseButton.LeftButton)
    assert get.isVisible()
    assert "goes on from there" in find(choices, QLabel, "model.hub_note").text()
    with pytest.raises(UserError):
        models.locate(NAME)
    hub.go_on.set()
    with qtbot.waitSignal(choices.chosen, timeout=60_000):
        get.click()
    assert int(hub.fetched("model.safetensors")[-1].removeprefix("bytes=").rstrip("-")) >= 1 << 20


def test_without_a_network_one_sentence_says_so_and_what_works_all_the_same(
    choices: ModelChoices, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    search(choices, "little")
    qtbot.waitUntil(lambda: "cannot be reached" in said(choices), timeout=20_000)
    assert "work without a network" in find(choices, QLabel, "model.hub_state").text()
    assert find(choices, QPushButton, "model.hub_search").isEnabled()


def test_a_download_that_fails_is_said_and_can_be_tried_again(
    choices: ModelChoices, hub: ModelHub, qtbot: QtBot
) -> None:
    get = look_up(choices, qtbot)
    hub.closed.add(NAME)
    get.click()
    qtbot.waitUntil(lambda: "accepted its terms" in said(choices), timeout=60_000)
    assert get.isVisible()


def test_nothing_found_is_said(choices: ModelChoices, qtbot: QtBot) -> None:
    search(choices, "no such thing")
    state = find(choices, QLabel, "model.hub_state")
    qtbot.waitUntil(lambda: "Nothing that can be used was found" in state.text(), timeout=20_000)
    assert not find(choices, QListWidget, "model.hub_results").isVisible()
