from pathlib import Path

from workbench.core.archives import HARMLESS_BYTES, MAX_BYTES, MAX_FILES, MAX_RATIO
from workbench.core.datasets.kinds import KINDS
from workbench.core.datasets.readers import suffixes
from workbench.core.datasets.readers.delimited import CELL_LIMIT
from workbench.core.datasets.readers.text import LONGEST

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
SECTION = README.partition("## Bringing data\n")[2].partition("\n## ")[0]


def test_every_format_and_kind_is_named() -> None:
    assert [suffix for suffix in suffixes() if f"`{suffix}`" not in SECTION] == []
    assert [kind for kind in KINDS if f"`{kind}`" not in SECTION] == []


def test_the_bounds_are_those_of_the_program() -> None:
    assert (LONGEST // 1_000_000, CELL_LIMIT) == (16, 1_000_000)
    assert "16 million characters, a cell of a table one million" in SECTION
    assert (MAX_RATIO, HARMLESS_BYTES, MAX_BYTES, MAX_FILES) == (200, 32_000_000, 20_000_000_000, 200_000)
    plain = " ".join(SECTION.split())
    assert "200 times its size (above 32 MB), 20 GB or 200,000 files" in plain
