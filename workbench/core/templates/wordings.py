"""The wordings of a family: ours, and beside them what the person has changed or added in their project."""

import os
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.paths import resources
from workbench.core.templates.families import Family
from workbench.core.templates.rendering import Template

LANGUAGES = ("en", "ja")
"""Languages of our wordings; a person may write some in any other."""


class Wording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to put a row into words.

    Attributes:
        id: Its name in its family; one of the person's with the id of ours takes its place.
        language: Code of the language that it is in.
        prompt: What is asked, in Jinja.
        answer: What is answered, in Jinja; "" for the usual answer of its family.
        turned: Whether what is usually answered is asked for here, and the other way round.
    """

    id: str
    language: str
    prompt: str
    answer: str = ""
    turned: bool = False


class Pair:
    """The two templates of a wording, checked.

    Attributes:
        prompt: What is asked.
        answer: What is answered.
        places_options: Whether the wording says itself where the options belong.

    Raises:
        UserError: One of them is wrong; the line is told.
    """

    def __init__(self, wording: Wording, family: Family) -> None:
        self.prompt = Template(wording.prompt, family.names, tr("prompt"))
        self.answer = Template(
            wording.answer or "{{ " + family.answer + " }}",
            [name for name in family.names if name != "options"],
            tr("answer"),
        )
        self.places_options = "options" in self.prompt.used
        if not wording.prompt.strip() or not self.prompt.used:
            raise UserError(tr("The prompt names nothing of a row, so it would be the same for all."))


class Listed(msgspec.Struct, frozen=True):
    """A wording as a person sees it in the list.

    Attributes:
        own: Whether they wrote it, or changed ours.
        replaces: Whether there is one of ours behind it.
        on: Whether it is used.
        problem: Why it cannot be used, "" if it can.
    """

    wording: Wording
    own: bool = False
    replaces: bool = False
    on: bool = True
    problem: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """What a file of wordings holds; ``off`` are the ids of those that are not used."""

    wordings: list[Wording] = []
    off: list[str] = []


class Wordings:
    """The wordings of a family in a project. They are read when they are first asked for.

    Args:
        project: Folder of the project; the person's own are in its ``templates``.
        family: What they are wordings of.
    """

    def __init__(self, project: Path, family: Family) -> None:
        self.family = family
        self._path = project / "templates" / f"{family.name}.yaml"

    @cached_property
    def _own(self) -> _File:
        return _read(self._path) if self._path.exists() else _File()

    def listed(self) -> list[Listed]:
        """Return all of them: ours in their order, then those that the person added.

        Raises:
            UserError: The file of the person's own is damaged.
        """
        own = {wording.id: wording for wording in self._own.wordings}
        ours = {wording.id: wording for wording in builtin(self.family.name)}
        return [
            Listed(
                wording,
                own=wording.id in own,
                replaces=wording.id in own and wording.id in ours,
                on=wording.id not in self._own.off,
                problem=problem(wording, self.family) if wording.id in own else "",
            )
            for wording in {**ours, **own}.values()
        ]

    def chosen(self, languages: Sequence[str] = (), ids: Sequence[str] = ()) -> list[Wording]:
        """Return the wordings to use: those with the ids, else all that are switched on.

        Args:
            languages: Codes of the languages wanted; none means all.
            ids: In which case it does not matter whether they are on.

        Raises:
            UserError: There is none of that id, or none is left.
        """
        listed = self.listed()
        known = {entry.wording.id for entry in listed}
        for wanted in ids:
            if wanted not in known:
                raise UserError(tr("“{family}” has no wording “{id}”.", family=self.family.name, id=wanted))
        found = [
            entry.wording
            for entry in listed
            if (entry.wording.id in ids if ids else entry.on and not entry.problem)
            and (not languages or entry.wording.language in languages)
        ]
        if not found:
            raise UserError(tr("No wording is left: switch one on, or choose another language."))
        return found

    def save(self, wording: Wording) -> None:
        """Keep a wording of the person, in the place of the one with its id.

        Raises:
            UserError: It is wrong, with the line that is, or it cannot be written.
        """
        if not wording.id.strip():
            raise UserError(tr("Give the wording a name."))
        if not wording.language.strip():
            raise UserError(tr("Say which language the wording is in."))
        Pair(wording, self.family)
        own = {known.id: known for known in self._own.wordings}
        own[wording.id] = wording
        self._write(_File(list(own.values()), self._own.off))

    def remove(self, id: str) -> None:
        """Drop a wording of the person; if it took the place of one of ours, that is there again."""
        wordings = [wording for wording in self._own.wordings if wording.id != id]
        self._write(_File(wordings, [known for known in self._own.off if known != id]))

    def switch(self, ids: Sequence[str], on: bool) -> None:
        """Say whether some wordings are used."""
        off = [known for known in self._own.off if known not in ids]
        self._write(_File(self._own.wordings, off if on else [*off, *ids]))

    def free_id(self, language: str) -> str:
        """Return an id that no wording has yet, for one of the person in a language."""
        known = {entry.wording.id for entry in self.listed()}
        number = 1
        while f"own-{language}-{number}" in known:
            number += 1
        return f"own-{language}-{number}"

    def _write(self, content: _File) -> None:
        import yaml

        text = yaml.dump(msgspec.to_builtins(content), Dumper=_dumper(), allow_unicode=True, sort_keys=False)
        staging = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            self._path.parent.mkdir(exist_ok=True)
            with staging.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            staging.replace(self._path)
        except OSError as error:
            raise UserError(
                tr("{path} cannot be written. Is there room on the disk, and may you write there?", path=self._path),
                str(error),
            ) from error
        self._own = content


def problem(wording: Wording, family: Family) -> str:
    """Return why a wording cannot be used, "" if it can."""
    try:
        Pair(wording, family)
    except UserError as error:
        return error.sentence
    return ""


@cache
def builtin(family: str) -> tuple[Wording, ...]:
    """Return our wordings of a family."""
    return tuple(_read(resources() / "templates" / f"{family}.yaml").wordings)


def _read(path: Path) -> _File:
    import yaml

    try:
        content = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        return msgspec.convert(content or {}, _File)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(
            tr("Line {line} of {file} cannot be read. Mend the file or remove it.", line=line, file=path), str(error)
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise UserError(
            tr("The wordings in {file} cannot be read. Mend the file or remove it.", file=path), str(error)
        ) from error


@cache
def _dumper() -> Any:
    """Return a dumper that writes texts of several lines as such, for a person to read."""
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]
        pass

    def text(dumper: Any, value: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return Dumper
