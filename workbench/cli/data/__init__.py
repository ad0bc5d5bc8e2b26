"""``workbench data``: each module here that has a function ``register(group)`` adds its commands."""

import importlib
import pkgutil

import typer

from workbench.core.i18n import tr


def register(app: typer.Typer) -> None:
    """Add the group with the commands of all modules in this package."""
    group = typer.Typer(help=tr("Data sets: bring them in, look at them, shape them."), no_args_is_help=True)
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importlib.import_module(f"{__name__}.{module.name}").register(group)
    app.add_typer(group, name="data")
