"""Where a base model comes from: a starter, Keras, a folder, or the Hugging Face Hub."""

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core import models, starters
from workbench.core.i18n import tr
from workbench.core.models import ModelInfo
from workbench.runtime import jobs
from workbench.ui.model.hub_search import HubSearch
from workbench.ui.model.keras_choice import KerasChoice
from workbench.ui.model.starter_card import ModelCard
from workbench.ui.scrolling import reveal
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.fold import Fold
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice


class ModelChoices(QWidget):
    """Choose a base model; what cannot be used is said here, before anything is loaded.

    Signals:
        chosen(object): The ModelInfo of the model that was chosen.
    """

    chosen = Signal(object)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.info: ModelInfo | None = None
        self._newest = 0
        self._notice = Notice()
        self._cards = {name: ModelCard(starter, prefix) for name, starter in starters.MODELS.items()}
        for card in self._cards.values():
            card.wanted.connect(self.choose)
            card.failed.connect(self._notice.error)
        self._keras = KerasChoice(prefix)
        self._keras.wanted.connect(self.choose)
        self._folder = QuietButton(tr("Choose a folder"), f"{prefix}.folder")
        self._folder.clicked.connect(self._pick_folder)
        self._hub = HubSearch(prefix)
        self._hub.wanted.connect(self.choose)
        self._hub_fold = Fold(tr("From the Hugging Face Hub"), self._hub, f"{prefix}.hub_open")
        self._hub_fold.toggled.connect(lambda open: reveal(self._hub) if open else None)
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._notice)
        for card in self._cards.values():
            layout.addWidget(card)
        layout.addSpacing(GRID)
        layout.addWidget(self._keras)
        layout.addWidget(self._files())
        layout.addStretch()

    def _files(self) -> QWidget:
        """Return what brings in models as Hugging Face libraries save them."""
        self._hugging_face = QWidget()
        layout = QVBoxLayout(self._hugging_face)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(Heading(tr("From a folder")))
        layout.addWidget(Caption(tr("A model with .safetensors weights, as Hugging Face libraries save it.")))
        row = QHBoxLayout()
        row.addWidget(self._folder)
        row.addStretch()
        layout.addLayout(row)
        layout.addSpacing(GRID)
        layout.addWidget(self._hub_fold)
        return self._hugging_face

    def show_for(self, architectures: Collection[str], *, every_starter: bool = False) -> None:
        """Offer what may be of some architectures, and of the starters all if it is not settled yet what is wanted."""
        fitting = starters.fitting(architectures)
        for name, card in self._cards.items():
            card.setVisible(every_starter or name in fitting)
        self._keras.setVisible("keras-cnn" in architectures)
        self._hugging_face.setVisible(set(architectures) != {"keras-cnn"})
        self._hub.show_for(architectures)

    def refresh(self) -> None:
        """Look which starters are here."""
        for card in self._cards.values():
            card.refresh()

    def choose(self, name: str) -> None:
        """Look at a model that is on this computer and make it the chosen one if it can be used."""
        self._newest += 1
        number = self._newest
        self._notice.clear()

        def done(info: ModelInfo) -> None:
            if number == self._newest:
                self.info = info
                for card in self._cards.values():
                    card.set_chosen(info.name)
                self._keras.set_chosen(info.name)
                self.chosen.emit(info)

        def failed(sentence: str, detail: str) -> None:
            if number == self._newest:
                self._notice.error(sentence, detail)

        jobs.start(self, lambda _report: models.inspect(name), done=done, failed=failed)

    def _pick_folder(self) -> None:
        dialog = QFileDialog(self, tr("Choose the folder of a model"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self.choose(str(Path(path))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
