"""Every capability without a window.

Each module here that has a function ``register(app)`` adds its commands; heavy libraries are imported inside the
commands only, so that help and mistakes answer at once.
"""

import importlib
import io
import pkgutil
import sys
from typing import Any

import typer

from workbench.core.errors import RunFailed, UserError
from workbench.core.i18n import tr


def main(arguments: list[str]) -> int:
    """Run a command and return the exit status: 0, 2 for a mistake of the user, 1 for a failed run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")  # whatever the terminal's language is set to
    try:
        status = application()(args=arguments, prog_name="workbench", standalone_mode=False)
    except UserError as error:
        return _say(error.sentence, 2)
    except RunFailed as error:
        return _say(error.reason, 1)
    except typer.TyperException as error:
        return _say(error.format_message(), error.exit_code)
    except typer.Abort:
        return _say(tr("Interrupted."), 130)
    return status if isinstance(status, int) else 0


def application() -> typer.Typer:
    """Return the application with the commands of all modules in this package."""
    app = typer.Typer(
        name="workbench",
        help=tr("Tune models, rank what they write, and let the ranking make them better."),
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    _fold_help()
    app.callback()(_root)  # keeps the names of the commands even if there were only one
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        register = getattr(importlib.import_module(f"{__name__}.{module.name}"), "register", None)
        if register is not None:
            register(app)
    return app


def _root() -> None:
    pass


def _fold_help() -> None:
    """Let help that is too long for a line go on in the next, also without a space, of which Japanese has none."""
    from rich.text import Text
    from typer import rich_utils

    make = rich_utils._make_rich_text

    def folded(**how: Any) -> Any:
        made = make(**how)
        if isinstance(made, Text):
            made.overflow = "fold"
        return made

    rich_utils._make_rich_text = folded


def _say(sentence: str, status: int) -> int:
    sys.stderr.write(sentence.rstrip() + "\n")
    return status
