import string
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from workbench.core import i18n, options, registry, starters
from workbench.core.datasets.kinds import KINDS
from workbench.core.errors import UserError
from workbench.core.paths import resources
from workbench.core.units import duration

TOOL = resources().parent / "packaging" / "translate.py"
PO = Path("resources/translations/ja/LC_MESSAGES/workbench.po")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = spec_from_file_location("translate", TOOL)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def japanese() -> Iterator[None]:
    i18n.use_language("ja")
    yield
    i18n.use_language("en")


@pytest.fixture
def tree(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small program with a complete Japanese catalogue; the tool works on it as it does on the real one."""
    (tmp_path / "workbench").mkdir()
    source = 'from workbench.core.i18n import mark, tr\nA = mark("Rank")\nB = tr("{count} " "rows", count=3)\n'
    (tmp_path / "workbench" / "words.py").write_text(source)
    (tmp_path / PO).parent.mkdir(parents=True)
    head = '# The head.\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (tmp_path / PO).write_text(
        head + 'msgid "Rank"\nmsgstr "順位付け"\n\nmsgid "{count} rows"\nmsgstr "{count} 行"\n', encoding="utf-8"
    )
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "CATALOGUES", tmp_path / "resources" / "translations")
    assert tool.main([]) == 0
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_catalogues_are_complete_and_up_to_date(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(["--check"]) == 0, capsys.readouterr().out


def test_translations_fill_the_fields_of_their_source_and_labels_have_no_full_stop(tool: ModuleType) -> None:
    catalogue = tool._translations(tool._read(resources().parent / PO))
    assert len(catalogue) > 600
    for text, translation in catalogue.items():
        names = {name: 7 for _, name, _, _ in string.Formatter().parse(text) if name}
        assert not names or "{" not in translation.replace("{{", "").format(**names), text
        assert text[-1] in ".?…" or not translation.endswith("。"), f"a label with a full stop: {translation}"
        assert not set("“”") & set(translation), translation


def test_everything_that_tasks_and_adapters_and_data_say_of_themselves_is_translated(tool: ModuleType) -> None:
    known = tool._translations(tool._read(resources().parent / PO))
    trained = [*registry.tasks().values(), *registry.adapters().values()]
    fields = [field for thing in trained for field in options.fields(thing.options)]
    kinds = list(KINDS.values())
    roles = [role for kind in kinds for role in kind.roles]
    ready = [*starters.MODELS.values(), *starters.DATA.values()]
    said = [(thing.label, thing.help) for thing in [*trained, *fields, *kinds, *roles]]
    texts = {text for pair in said for text in pair} | {field.unit for field in fields} | {its.help for its in ready}
    assert texts - set(known) == {""}


def test_a_new_text_is_told_and_added_and_a_dropped_one_goes(
    tool: ModuleType, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(tree / "workbench" / "words.py", 'mark("Rank")', 'mark("Train")')
    assert tool.main(["--check"]) == 1
    assert "not up to date" in capsys.readouterr().out
    assert tool.main([]) == 1
    assert capsys.readouterr().out == f"{PO.as_posix()}: not translated: Train\n"
    text = (tree / PO).read_text(encoding="utf-8")
    assert text.startswith("# The head.\n")
    assert "Rank" not in text
    assert '#: workbench/words.py\nmsgid "{count} rows"\nmsgstr "{count} 行"' in text


@pytest.mark.parametrize(
    "call", ['tr(f"{A} rows")', 'tr("a " + A)', 'tr("a {b}".format(b=A))', 'mark("a" if A else "b")']
)
def test_a_text_that_is_not_one_literal_is_named(
    tool: ModuleType, tree: Path, capsys: pytest.CaptureFixture[str], call: str
) -> None:
    with (tree / "workbench" / "words.py").open("a") as file:
        file.write(f"C = {call}\n")
    assert tool.main(["--check"]) == 1
    assert "workbench/words.py:4: not one literal" in capsys.readouterr().out


def test_a_marked_text_in_a_variable_and_a_function_of_the_same_name_are_no_texts(tool: ModuleType, tree: Path) -> None:
    with (tree / "workbench" / "words.py").open("a") as file:
        file.write("C = tr(A)\n")
    (tree / "workbench" / "other.py").write_text('def mark(text):\n    return text\n\n\nmark("no" + "text")\n')
    assert tool.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("old", "new", "trouble"),
    [
        ("{count} 行", "{number} 行", "other fields"),
        ("{count} 行", "行", "other fields"),
        ("{count} 行", "{count 行", "other fields"),
        ('msgstr "順位付け"', 'msgstr ""', "not translated: Rank"),
        ('msgid "Rank"', '#, fuzzy\nmsgid "Rank"', "uncertain: Rank"),
        ("順位付け", "ランク", "not compiled"),
    ],
)
def test_a_wrong_catalogue_is_told(
    tool: ModuleType, tree: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, trouble: str
) -> None:
    replace(tree / PO, old, new)
    before = {path: path.read_bytes() for path in tree.rglob("*.?o")}
    assert tool.main(["--check"]) == 1
    assert trouble in capsys.readouterr().out
    assert {path: path.read_bytes() for path in tree.rglob("*.?o")} == before


def test_a_second_run_of_the_tool_changes_nothing(tool: ModuleType, tree: Path) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*.?o")}
    assert tool.main([]) == 0
    assert {path: path.read_bytes() for path in tree.rglob("*.?o")} == before


@pytest.mark.usefixtures("japanese")
def test_words_and_sentences_come_out_in_japanese() -> None:
    assert i18n.tr("Learning rate") == "学習率"
    assert i18n.tr(registry.task("reward-model").label) == "報酬モデル"
    assert duration(3 * 3600 + 120) == "3 時間 2 分"
    with pytest.raises(UserError, match="タスク「nothing」はありません"):
        registry.task("nothing")


def test_english_needs_no_catalogue() -> None:
    assert i18n.tr("Learning rate") == "Learning rate"
