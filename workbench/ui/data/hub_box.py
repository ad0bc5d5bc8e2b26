"""A data set of the Hugging Face Hub: looked at first, then downloaded and offered for import."""

import threading

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from workbench.core.datasets import hub
from workbench.core.datasets.hub import Fetched, HubInfo
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.units import size
from workbench.runtime import jobs
from workbench.ui.data.import_progress import ImportProgress
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, Heading


class HubBox(Card):
    """A field for a name or a link; below it what the Hub says about that data set, and a button that downloads it.

    Nothing is asked of the network before the person presses a button.

    Args:
        prefix: First part of the objectNames.

    Signals:
        fetched(object): The `Fetched` files of a data set lie here, to be imported.
        failed(str, str): A sentence for a person, and the detail.
    """

    fetched = Signal(object)
    failed = Signal(str, str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: HubInfo | None = None
        self._cancelled: threading.Event | None = None
        self._name = QLineEdit()
        self._name.setObjectName(f"{prefix}.hub")
        self._name.setAccessibleName(tr("Data set of Hugging Face"))
        self._name.setPlaceholderText(tr("owner/name, or a link"))
        self._name.returnPressed.connect(self.look)
        self._name.textChanged.connect(self._forget)
        self._look = QuietButton(tr("Look it up"), f"{prefix}.hub_look")
        self._look.clicked.connect(self.look)
        self._about = Caption("")
        self._about.setObjectName(f"{prefix}.hub_about")
        self._config = QComboBox()
        self._config.setObjectName(f"{prefix}.hub_config")
        self._config.setAccessibleName(tr("Configuration"))
        self._config.currentIndexChanged.connect(self._show_about)
        self._fetch = QuietButton(tr("Download"), f"{prefix}.hub_fetch")
        self._fetch.clicked.connect(self.fetch)
        self._progress = ImportProgress(f"{prefix}.hub")
        self._cancel = QuietButton(tr("Cancel"), f"{prefix}.hub_cancel")
        self._cancel.clicked.connect(self.cancel)
        self._lay_out()
        self._forget()
        self._show_busy(False)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self._name, 1)
        line.addWidget(self._look)
        self._found = QWidget()
        found = QHBoxLayout(self._found)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(GRID)
        found.addWidget(self._about, 1)
        found.addWidget(self._config)
        found.addWidget(self._fetch)
        self._under_way = QWidget()
        under_way = QHBoxLayout(self._under_way)
        under_way.setContentsMargins(0, 0, 0, 0)
        under_way.setSpacing(GRID)
        under_way.addWidget(self._progress, 1)
        under_way.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(Heading(tr("A data set of Hugging Face")))
        words.addWidget(Caption(tr("Only this asks the network, and only when you press the button.")))
        self.body.addLayout(words)
        self.body.addLayout(line)
        self.body.addWidget(self._found)
        self.body.addWidget(self._under_way)

    def look(self) -> None:
        """Ask the Hub about the data set that is named."""
        text = self._name.text()
        if not text.strip():
            return
        self._look.setEnabled(False)

        def work(_report: jobs.Report) -> tuple[HubInfo, str]:
            address = hub.parse(text)
            if address is None:
                raise UserError(tr("“{name}” names no data set of Hugging Face; write owner/name.", name=text.strip()))
            return hub.describe(address.name), address.config

        def done(found: tuple[HubInfo, str]) -> None:
            self._look.setEnabled(True)
            if text == self._name.text():
                self._show(*found)

        def failed(sentence: str, detail: str) -> None:
            self._look.setEnabled(True)
            self.failed.emit(sentence, detail)

        jobs.start(self, work, done=done, failed=failed)

    def _show(self, info: HubInfo, config: str) -> None:
        self._info = info
        self._config.clear()
        for name in info.configs:
            self._config.addItem(name, name)
        self._config.setCurrentIndex(max(self._config.findData(config or hub.DEFAULT), 0))
        self._config.setVisible(len(info.configs) > 1)
        self._show_about()
        self._found.show()

    def _show_about(self) -> None:
        if self._info is None:
            return
        config = self._config.currentData() or ""
        facts = [
            self._info.name,
            tr("licence: {licence}", licence=self._info.licence or tr("not stated")),
            size(self._info.bytes(config)),
            tr(", ").join(self._info.splits(config)),
        ]
        self._about.setText(" · ".join(filter(None, facts)))

    def fetch(self) -> None:
        """Download the chosen configuration."""
        info, config, cancelled = self._info, self._config.currentData() or "", threading.Event()
        if info is None:
            return
        self._cancelled = cancelled
        self._show_busy(True)

        def done(fetched: Fetched) -> None:
            self._show_busy(False)
            self.fetched.emit(fetched)

        def failed(sentence: str, detail: str) -> None:
            self._show_busy(False)
            if not cancelled.is_set():
                self.failed.emit(sentence, detail)

        jobs.start(
            self,
            lambda report: hub.fetch(info, config, progress=report, cancelled=cancelled.is_set),
            done=done,
            failed=failed,
            progressed=self._progress.show_share,
        )

    def cancel(self) -> None:
        """Stop the download; what is here by then is kept for the next time."""
        if self._cancelled is not None:
            self._cancelled.set()

    def _forget(self) -> None:
        self._info = None
        self._found.hide()

    def _show_busy(self, busy: bool) -> None:
        if busy:
            self._progress.begin()
        self._under_way.setVisible(busy)
        self._found.setVisible(not busy and self._info is not None)
        self._name.setEnabled(not busy)
        self._look.setEnabled(not busy)
