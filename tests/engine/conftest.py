from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.tiny import save_tiny
from workbench.core import hardware
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

WORDS = ["sun", "rain", "snow", "wind", "fog", "hail", "heat", "ice", "storm", "cloud", "dew", "gale"]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("tiny-model"))


@pytest.fixture
def weather(project: Project) -> Project:
    """A project with ten examples to learn from and two held out."""
    rows = [{"prompt": f"{word}?", "answer": f"{word} it is" + "." * place} for place, word in enumerate(WORDS)]
    write_dataset(project.data / "talk", "talk", "instruction", rows, split=2 / 12)
    return project


@pytest.fixture(scope="module")
def plain_cpu() -> Iterator[None]:
    """One thread in fp32, so that sums come out the same every time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hardware, "has_bf16", lambda: False)
        patch.setenv("OMP_NUM_THREADS", "1")
        yield
