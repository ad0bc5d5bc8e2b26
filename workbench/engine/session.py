"""A generation session: a child that keeps a model loaded, answers what its standard input asks, and ends with it.

Its standard output carries the protocol of `workbench.core.session` and nothing else; what a library prints goes to
standard error.
"""

import argparse
import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import BinaryIO

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.session import Answered, Cancel, Done, Generate, Ready, Refused, Reply, Token, Wish
from workbench.engine.priority import lower


def main(arguments: list[str]) -> int:
    """Serve until the input ends; ``--project DIR`` with ``--run RUN`` or ``--model M``. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="workbench session")
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--run", default="")
    parser.add_argument("--model", default="")
    wanted = parser.parse_args(arguments)
    lower()
    output = claim_output()
    wishes = Wishes(sys.stdin.buffer)
    try:
        session = Session(wanted.project, wanted.run, wanted.model, output)
    except Exception as error:  # noqa: BLE001 - whatever it is, the window gets a sentence and the detail
        _send(output, _refusal(error, -1))
        return 1
    session.serve(wishes)
    return 0


def claim_output() -> BinaryIO:
    """Keep the standard output for the protocol and send everything else that is printed to standard error."""
    sys.stdout.flush()
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return output


def _send(output: BinaryIO, reply: Reply) -> None:
    output.write(msgspec.json.encode(reply) + b"\n")


def _refusal(error: Exception, request: int) -> Refused:
    traceback.print_exception(error)
    if isinstance(error, UserError):
        return Refused(id=request, sentence=error.sentence, detail=error.detail)
    sentence = tr("The model could not be loaded.") if request < 0 else tr("The answers could not be written.")
    return Refused(id=request, sentence=sentence, detail=traceback.format_exc())


class Wishes:
    """What is asked on the input, read in a thread so that a cancellation is heard between two tokens.

    Attributes:
        closed: Set when the input has ended.
    """

    def __init__(self, source: BinaryIO) -> None:
        self.closed = threading.Event()
        self._waiting: queue.SimpleQueue[Generate | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        threading.Thread(target=self._read, args=(source,), daemon=True).start()

    def _read(self, source: BinaryIO) -> None:
        decoder: msgspec.json.Decoder[Wish] = msgspec.json.Decoder(Wish)
        for line in source:
            try:
                wish = decoder.decode(line)
            except msgspec.DecodeError as error:
                print(f"not understood: {line!r}: {error}", file=sys.stderr)
                continue
            if isinstance(wish, Cancel):
                self._cancelled.add(wish.id)
            else:
                self._waiting.put(wish)
        self.closed.set()
        self._waiting.put(None)

    def next(self) -> Generate | None:
        """Wait for the next request; None when the input has ended."""
        return None if self.closed.is_set() else self._waiting.get()

    def given_up(self, request: int) -> bool:
        """Return whether nobody waits for a request any more."""
        return self.closed.is_set() or request in self._cancelled


class Session:
    """A loaded model that serves requests one after the other."""

    def __init__(self, project: Path, run: str, model: str, output: BinaryIO) -> None:
        from workbench.engine.author import Author
        from workbench.engine.device import probe

        self._output = output
        self._author = Author(Project.open(project), run, model, probe())
        _send(output, Ready(model=run or model))

    def serve(self, wishes: Wishes) -> None:
        """Serve until the input ends."""
        while (wish := wishes.next()) is not None:
            try:
                self._answer(wish, wishes)
            except Exception as error:  # noqa: BLE001 - one request failed; the session goes on
                _send(self._output, _refusal(error, wish.id))

    def _answer(self, wish: Generate, wishes: Wishes) -> None:
        """Write the answers to one request; each is told as a whole as soon as it has ended."""
        from workbench.engine.author import Pieces

        author = self._author
        ids = author.encode([{"role": "user", "content": wish.prompt}], wish.max_new_tokens)
        written: dict[int, list[int]] = {number: [] for number in range(wish.k)}
        told: set[int] = set()
        pieces = Pieces(author.tokenizer, lambda row, text: self._send(Token(id=wish.id, answer=row, text=text)))

        def tell(row: int, *, ended: bool) -> None:
            told.add(row)
            self._send(Answered(id=wish.id, answer=row, text=author.text(written[row]), ended=ended))

        def listen(rows: list[int], tokens: list[int]) -> None:
            pieces(rows, tokens)
            for row, token in zip(rows, tokens, strict=True):
                written[row].append(token)
                if token in author.ends:
                    tell(row, ended=True)

        author.write(
            [ids],
            count=wish.k,
            max_new_tokens=wish.max_new_tokens,
            temperature=wish.temperature,
            top_p=wish.top_p,
            seed=wish.seed,
            on_tokens=listen,
            stopped=lambda: wishes.given_up(wish.id),
        )
        cancelled = wishes.given_up(wish.id)
        for row in sorted(set(written) - told) if not cancelled else ():
            tell(row, ended=False)
        self._send(Done(id=wish.id, cancelled=cancelled))

    def _send(self, reply: Reply) -> None:
        _send(self._output, reply)
