"""What the Data tab can show of a data set and do with it, in the order in which it is offered."""

from workbench.ui.data.checkup import CheckupPage
from workbench.ui.data.gallery import Gallery
from workbench.ui.data.labelling import LabellingPanel
from workbench.ui.data.lens import LensPage
from workbench.ui.data.mixing_panel import MixPanel
from workbench.ui.data.panel import DataPanel, DetailPage
from workbench.ui.data.templates_panel import TemplatePanel

PAGES: tuple[type[DetailPage], ...] = (Gallery, CheckupPage, LensPage)
PANELS: tuple[type[DataPanel], ...] = (LabellingPanel, TemplatePanel, MixPanel)
