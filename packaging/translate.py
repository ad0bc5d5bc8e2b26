#!/usr/bin/env python3
"""Collects what a person may read from the sources into the catalogues, and tells what is not translated.

    python packaging/translate.py           brings the .po files up to date and compiles them
    python packaging/translate.py --check   changes nothing, and returns 1 if anything is missing, stale or wrong

Every text stands as one literal in `tr` or `mark` of `workbench.core.i18n`; that is what makes it findable.
"""

import argparse
import ast
import io
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "resources" / "translations"
KEYWORDS = ("tr", "mark")
Texts = dict[str, set[str]]


def main(arguments: list[str]) -> int:
    """Bring all catalogues up to date, or check them; return 1 if anything is left to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args(arguments).check
    texts, troubles = collect(ROOT / "workbench")
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/*.po")):
        if not check:
            update(path, texts)
        troubles += [f"{path.relative_to(ROOT)}: {trouble}" for trouble in check_catalogue(path, texts)]
    sys.stdout.write("".join(f"{trouble}\n" for trouble in troubles))
    return 1 if troubles else 0


def collect(folder: Path) -> tuple[Texts, list[str]]:
    """Return each text with the files that it stands in, and a line for each call whose text cannot be found."""
    texts: Texts = {}
    troubles: list[str] = []
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder.parent).as_posix()
        for argument in _first_arguments(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                texts.setdefault(argument.value, set()).add(name)
            elif not isinstance(
                argument, ast.Name | ast.Attribute | ast.Subscript
            ):  # these hold a text that is marked elsewhere
                troubles.append(f"{name}:{argument.lineno}: not one literal: {ast.unparse(argument)}")
    texts.pop("", None)
    return texts, troubles


def _first_arguments(tree: ast.Module) -> Iterator[ast.expr]:
    """Give the first argument of each call of a keyword; a function of that name from elsewhere is none of ours."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    ours = {
        alias.asname or alias.name
        for node in imports
        if node.module == "workbench.core.i18n"
        for alias in node.names
        if alias.name in KEYWORDS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ours and node.args:
            yield node.args[0]


def update(path: Path, texts: Texts) -> None:
    """Write a catalogue anew with exactly these texts, its translations kept, and compile it."""
    path.write_text(_renewed(path, texts), encoding="utf-8")
    if _compiled(path) != _translations(_read(path)):
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, _read(path))


def check_catalogue(path: Path, texts: Texts) -> list[str]:
    """Return a line for each thing that is wrong with a catalogue."""
    troubles = []
    if path.read_text(encoding="utf-8") != _renewed(path, texts):
        troubles.append("is not up to date; run packaging/translate.py")
    catalogue = _read(path)
    if _compiled(path) != _translations(catalogue):
        troubles.append("is not compiled; run packaging/translate.py")
    for text in sorted(texts):
        message = catalogue.get(text)
        if message is None or not message.string:
            troubles.append(f"not translated: {text}")
        elif message.fuzzy:
            troubles.append(f"uncertain: {text}")
        elif fields(text) != fields(str(message.string)):
            troubles.append(f"other fields than in the source: {message.string}")
    return troubles


def fields(text: str) -> set[str] | None:
    """Return the names of the ``{fields}`` of a text, None where it is not meant to be filled."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return None


def _renewed(path: Path, texts: Texts) -> str:
    """Return what the file of a catalogue should hold; its head, with the glossary, stays as it is."""
    old = _read(path)
    new = Catalog(locale=path.parent.parent.name)
    for text, files in texts.items():
        known = old.get(text)
        message = new.add(text, known.string if known else "", [(file, 1) for file in sorted(files)])
        message.flags = {"fuzzy"} if known and known.fuzzy else set()  # "50 % of" is no format of C, as Babel thinks
        message.user_comments = list(known.user_comments) if known else []
    body = io.BytesIO()
    write_po(body, new, width=0, omit_header=True, sort_output=True, include_lineno=False)
    head = path.read_text(encoding="utf-8").partition("\n\n")[0]
    return f"{head}\n\n{body.getvalue().decode().strip()}\n"


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def _translations(catalogue: Catalog) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def _compiled(path: Path) -> dict[str, str]:
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return {}
    with compiled.open("rb") as file:
        return _translations(read_mo(file))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
