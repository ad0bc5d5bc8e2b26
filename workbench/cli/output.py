"""What the commands have in common: their usual arguments, and how they print results and progress."""

import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from workbench.core.i18n import tr

Folder = Annotated[Path, typer.Argument(metavar="DIR", help=tr("The folder of the project."), show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help=tr("Print one JSON value to standard output and nothing else."))]

UNCUT = 10_000
"""Columns of a table that goes into a file or another program."""


def show(value: object, *, as_json: bool, text: str = "") -> None:
    """Print the result of a command.

    Args:
        value: Anything that msgspec can encode.
        as_json: Print it as one JSON value.
        text: What a person reads instead.
    """
    if as_json:
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    elif text:
        sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show_table(
    rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, as_json: bool, empty: str = ""
) -> None:
    """Print a list of results.

    Args:
        rows: One mapping a row.
        columns: Translated headings by the keys of a row, in the order of the table.
        as_json: Print all that the rows hold as one JSON list.
        empty: What a person reads if there are none.
    """
    if as_json or not rows:
        show(rows, as_json=as_json, text=empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    name = next(iter(columns))
    for key, heading in columns.items():  # the name of a row is what the next command needs: never cut
        table.add_column(heading, min_width=max(len(str(row.get(name, ""))) for row in rows) if key == name else None)
    for row in rows:
        table.add_row(*(str(row.get(key, "")) for key in columns))
    Console(width=None if sys.stdout.isatty() else UNCUT).print(table, markup=False)


def say(text: str) -> None:
    """Print a line about what happens to standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def hush_libraries() -> None:
    """Keep progress bars and warnings of libraries out of standard error, which is for sentences to a person.

    Called before they are imported.
    """
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ["WORKBENCH_HUSHED"] = "1"  # for what must be held back by force, see `workbench.engine.keras.quiet`
    warnings.filterwarnings("ignore", category=FutureWarning)


def say_rejected(reasons: dict[str, int]) -> None:
    """Tell on standard error why how many rows were rejected."""
    for reason, count in reasons.items():
        say(tr("{count} × {reason}", count=count, reason=reason))


@contextmanager
def progress(text: str) -> Iterator[Callable[[float], None]]:
    """Show a bar on standard error, if that is a terminal; give the function that moves it, from 0 to 1."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(text, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def stages(every: float = math.inf) -> Iterator[Callable[[str, float], None]]:
    """Show a bar whose text changes; give the function that moves it: ``move(text, share)``.

    Without a terminal each whole percent becomes a line ``12 % text``, for the window that reads along.

    Args:
        every: Seconds after which there is such a line even if the percent is the same.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    told, last = -1, 0.0
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)

        def move(text: str, share: float) -> None:
            nonlocal told, last
            bar.update(task, completed=share, description=text)
            if not console.is_terminal and (int(share * 100) > told or time.monotonic() - last >= every):
                told, last = int(share * 100), time.monotonic()
                say(f"{told} % {text}")

        yield move
