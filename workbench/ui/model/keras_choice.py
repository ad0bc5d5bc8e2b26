"""A base that Keras builds, or a Keras model of one's own."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.keras_bases import APPLICATIONS
from workbench.core.keras_files import SUFFIX
from workbench.core.units import millions
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption, Heading


class KerasChoice(QWidget):
    """Offers the applications of Keras in a list, VGG16 first, and takes a ``.keras`` file.

    Signals:
        wanted(str): The person chose a model of that name.
    """

    wanted = Signal(str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = ""
        self._bases = QComboBox()
        self._bases.setObjectName(f"{prefix}.keras")
        self._bases.setAccessibleName(tr("Keras application"))
        for base in APPLICATIONS.values():
            text = tr("{name}, {parameters} parameters", name=base.label, parameters=millions(base.parameters))
            self._bases.addItem(text, base.name)
        self._choose = QuietButton("", f"{prefix}.keras_choose")
        self._file = QuietButton(tr("Choose a file"), f"{prefix}.keras_file")
        self._bases.currentIndexChanged.connect(lambda _row: self._show())
        self._choose.clicked.connect(lambda: self.wanted.emit(self._name()))
        self._file.clicked.connect(self._pick_file)
        self._lay_out()
        self._show()

    def _lay_out(self) -> None:
        applications = QHBoxLayout()
        applications.setSpacing(GRID)
        applications.addWidget(self._bases, 1)
        applications.addWidget(self._choose)
        own = QHBoxLayout()
        own.addWidget(self._file)
        own.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(Heading(tr("Keras applications")))
        needs = tr(
            "Networks that Keras builds. It downloads their ImageNet weights the first time, which needs a network. "
            "Without one, take the starter model, or choose a file of weights or none in the settings."
        )
        layout.addWidget(Caption(needs))
        layout.addLayout(applications)
        layout.addSpacing(GRID)
        layout.addWidget(Heading(tr("From a Keras file")))
        layout.addWidget(Caption(tr("A .keras file with convolutions. Its top is replaced by a new one.")))
        layout.addLayout(own)

    def set_chosen(self, name: str) -> None:
        """Show which model is the chosen one."""
        self._chosen = name
        if name in APPLICATIONS:
            self._bases.setCurrentIndex(self._bases.findData(name))
        self._show()

    def _name(self) -> str:
        return str(self._bases.currentData())

    def _show(self) -> None:
        chosen = self._name() == self._chosen
        text = tr("Chosen") if chosen else tr("Choose")
        self._choose.setText(text)
        self._choose.setAccessibleName(f"{text}: {APPLICATIONS[self._name()].label}")
        self._choose.setEnabled(not chosen)

    def _pick_file(self) -> None:
        dialog = QFileDialog(self, tr("Choose a Keras model"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(tr("Keras models") + f" (*{SUFFIX})")
        dialog.fileSelected.connect(self.wanted.emit)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
