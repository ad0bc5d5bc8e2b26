from pathlib import Path

import pytest

from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.templates.families import family
from workbench.core.templates.wordings import Wording, Wordings, builtin

SENTIMENT = family("sentiment")
OWN = Wording(id="mine", language="en", prompt="Good or bad?\n\n{{ text }}")


def ids(wordings: Wordings, *languages: str) -> list[str]:
    return [wording.id for wording in wordings.chosen(languages)]


def test_ones_own_are_beside_ours_and_there_again_after_a_restart(project: Project) -> None:
    wordings = Wordings(project.path, SENTIMENT)
    ours = [wording.id for wording in builtin("sentiment")]
    assert ids(wordings) == ours
    wordings.save(OWN)
    wordings.switch(["en-1"], False)
    wordings.switch(["ja-3"], False)
    wordings.switch(["ja-3"], True)
    again = Wordings(project.path, SENTIMENT)
    assert ids(again) == [id for id in ours if id != "en-1"] + ["mine"]
    assert again.chosen(ids=["en-1", "mine"]) == [builtin("sentiment")[0], OWN]
    assert ids(again, "ja") == [id for id in ours if id.startswith("ja")]
    text = (project.path / "templates" / "sentiment.yaml").read_text("utf-8")
    assert "prompt: |-\n    Good or bad?\n\n    {{ text }}\n" in text  # for a person to read
    assert list((project.path / "templates").iterdir()) == [project.path / "templates" / "sentiment.yaml"]


def test_a_change_takes_the_place_of_ours_until_it_is_removed(project: Project) -> None:
    wordings = Wordings(project.path, SENTIMENT)
    wordings.save(Wording(id="en-2", language="en", prompt="{{ text }}?"))
    listed = wordings.listed()[1]
    assert (listed.own, listed.replaces, listed.wording.prompt) == (True, True, "{{ text }}?")
    assert len(wordings.listed()) == len(builtin("sentiment"))
    wordings.remove("en-2")
    assert wordings.listed()[1].wording == builtin("sentiment")[1]


def test_a_wrong_one_is_not_kept(project: Project) -> None:
    wordings = Wordings(project.path, SENTIMENT)
    for wrong, says in [
        (Wording(id="a", language="en", prompt="{{ text }}\n{{ texts }}"), "Line 2 of the prompt names “texts”"),
        (Wording(id="a", language="en", prompt="{{ text }}", answer="{{ label"), "Line 1 of the answer cannot be read"),
        (Wording(id="a", language="en", prompt="{{ text }}", answer="{{ options }}"), "names “options”"),
        (Wording(id="a", language="en", prompt="Hello"), "the same for all"),
        (Wording(id=" ", language="en", prompt="{{ text }}"), "Give the wording a name"),
        (Wording(id="a", language="", prompt="{{ text }}"), "which language"),
    ]:
        with pytest.raises(UserError, match=says):
            wordings.save(wrong)
    assert not (project.path / "templates").exists()


def write(project: Project, text: str) -> Path:
    path = project.path / "templates" / "sentiment.yaml"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    return path


def test_one_that_was_broken_by_hand_is_listed_with_what_is_wrong_and_not_used(project: Project) -> None:
    write(
        project,
        "wordings:\n- {id: bad, language: en, prompt: 'x {{ y }}'}\n- {id: ok, language: en, prompt: '{{ text }}'}",
    )
    wordings = Wordings(project.path, SENTIMENT)
    bad, good = wordings.listed()[-2:]
    assert "Line 1 of the prompt names “y”" in bad.problem
    assert not good.problem
    assert ids(wordings)[-1] == "ok"
    assert "bad" not in ids(wordings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("wordings:\n- id: a: b\n", "Line 2 of .*sentiment.yaml cannot be read"),
        ("wordings: 7", "cannot be read. Mend the file or remove it."),
        ("wordings:\n- {id: a, language: en, prompt: b, colour: red}", "cannot be read"),
        ("!!python/object/apply:os.system ['true']", "cannot be read"),
    ],
)
def test_a_damaged_file_is_one_sentence(project: Project, text: str, says: str) -> None:
    write(project, text)
    with pytest.raises(UserError, match=says):
        Wordings(project.path, SENTIMENT).listed()


def test_unknown_names_and_nothing_left(project: Project) -> None:
    wordings = Wordings(project.path, SENTIMENT)
    with pytest.raises(UserError, match="no wording “xx-1”"):
        wordings.chosen(ids=["xx-1"])
    with pytest.raises(UserError, match="No wording is left"):
        wordings.chosen(["fr"])
    with pytest.raises(UserError, match="no family of templates “poems”"):
        family("poems")


def test_a_free_name_is_free(project: Project) -> None:
    wordings = Wordings(project.path, SENTIMENT)
    assert wordings.free_id("ja") == "own-ja-1"
    wordings.save(Wording(id="own-ja-1", language="ja", prompt="{{ text }}"))
    assert wordings.free_id("ja") == "own-ja-2"
