"""A child that keeps a tokenizer loaded and shows rows as its model sees them, as long as its input is open.

Its standard output carries `workbench.core.lens.Answer` lines and nothing else; what a library prints goes to standard
error.
"""

import argparse
import sys
import traceback
from pathlib import Path
from typing import BinaryIO

import msgspec

from workbench.core import models
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.lens import Answer, Ask
from workbench.core.project import Project
from workbench.engine.lens import Lens
from workbench.engine.priority import lower
from workbench.engine.session import claim_output


def main(arguments: list[str]) -> int:
    """Serve until the input ends; ``--project DIR``. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="workbench lens")
    parser.add_argument("--project", type=Path, required=True)
    project = Project.open(parser.parse_args(arguments).project)
    lower()
    output = claim_output()
    serve(project, sys.stdin.buffer, output)
    return 0


def serve(project: Project, source: BinaryIO, output: BinaryIO) -> None:
    """Answer every request, one after the other; the tokenizer of the last model is kept."""
    loaded: dict[str, Lens] = {}
    decoder = msgspec.json.Decoder(Ask)
    for line in source:
        ask = decoder.decode(line)
        output.write(msgspec.json.encode(_answer(project, ask, loaded)) + b"\n")


def _answer(project: Project, ask: Ask, loaded: dict[str, Lens]) -> Answer:
    try:
        if ask.model not in loaded:
            loaded.clear()
            loaded[ask.model] = Lens(models.locate(ask.model))
        rows = loaded[ask.model].rows(project.dataset(ask.data), ask.row, ask.count, ask.max_length)
        return Answer(id=ask.id, rows=rows)
    except UserError as error:
        return Answer(id=ask.id, sentence=error.sentence, detail=error.detail)
    except Exception as error:  # noqa: BLE001 - one request failed; the child goes on
        traceback.print_exception(error)
        return Answer(id=ask.id, sentence=tr("The row could not be shown."), detail=traceback.format_exc())
