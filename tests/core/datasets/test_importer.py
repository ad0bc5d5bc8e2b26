import csv
import json
import random
import subprocess
import sys
from pathlib import Path

import pyarrow
import pytest

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.importer import import_file, look, preview
from workbench.core.datasets.kinds import KINDS
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


EXAMPLES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "text-label": ({"sentence": "良い", "sentiment": 1}, {"text": "良い", "label": "1"}),
    "instruction": (
        {"instruction": "訳して", "input": "cat", "output": "猫", "system": "短く"},
        {"prompt": "訳して\n\ncat", "answer": "猫", "system": "短く"},
    ),
    "chat": (
        {"conversations": [{"from": "human", "value": "やあ"}, {"from": "gpt", "value": "どうも"}]},
        {"messages": [{"role": "user", "content": "やあ"}, {"role": "assistant", "content": "どうも"}]},
    ),
    "unlabelled": ({"content": "本文"}, {"text": "本文"}),
    "text": ({"content": "本文"}, {"text": "本文"}),
    "prompts": ({"question": "何?"}, {"prompt": "何?"}),
    "ranking": (
        {"prompt": "何?", "responses": ["い", "ろ", "は"], "ranks": [2, 1, 2], "annotator": "私"},
        {"prompt": "何?", "responses": ["い", "ろ", "は"], "ranks": [2, 1, 2], "annotator": "私"},
    ),
}


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(KINDS) - {"image-folder"}  # that one is made of files, not of lines


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_row_of_every_kind_becomes_canonical(project: Project, tmp_path: Path, kind: str) -> None:
    given, wanted = EXAMPLES[kind]
    path = lines(tmp_path / "rows.jsonl", [given])
    assert look(path).kind == ("text" if kind == "unlabelled" else kind)
    dataset = import_file(project, path, kind=kind)
    assert dataset.rows() == [wanted]
    assert dataset.page(0, 1)[0]["split"] == "train"
    assert project.dataset("rows").info == dataset.info


HASH = "43d79620e0d6611cf5572eaa5e7687735a149f2311d7d8d2eb03702a587fd185"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp"])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "jsonl"])
def test_format_and_encoding_do_not_change_the_content(
    project: Project, tmp_path: Path, encoding: str, suffix: str
) -> None:
    rows = [("とても良い商品です", "良"), ("二度と買いません", "悪")]
    text = {
        "csv": "本文,ラベル\n" + "".join(f"{a},{b}\n" for a, b in rows),
        "tsv": "本文\tラベル\n" + "".join(f"{a}\t{b}\n" for a, b in rows),
        "json": json.dumps([{"本文": a, "ラベル": b} for a, b in rows], ensure_ascii=False),
        "jsonl": "".join(json.dumps({"本文": a, "ラベル": b}, ensure_ascii=False) + "\n" for a, b in rows),
    }[suffix]
    path = tmp_path / f"data.{suffix}"
    path.write_bytes(text.encode(encoding))
    dataset = import_file(project, path, kind="text-label")
    assert dataset.info.encoding == encoding
    assert dataset.info.mapping == {"text": "本文", "label": "ラベル"}
    assert dataset.rows() == [{"text": a, "label": b} for a, b in rows]
    assert dataset.info.hash == HASH


def test_fifty_thousand_rows(project: Project, tmp_path: Path) -> None:
    chance = random.Random(0)
    path = tmp_path / "large.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(50_000):
            row = {"prompt": f"質問 {number}", "answer": f"答え {chance.random()} " * 10}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            if number % 1000 == 0:
                file.write('{"prompt": "no answer"}\n')
    shares: list[float] = []
    dataset = import_file(project, path, kind="instruction", progress=shares.append)
    assert (dataset.info.rows, dataset.info.rejected) == (50_000, 50)
    assert dataset.info.splits == {"train": 45_000, "validation": 5_000}
    assert dataset.page(40_000, 2)[0]["prompt"] == "質問 40000"
    assert [found.line for found in dataset.rejected(1, 2)] == [1003, 2004]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_stays_far_below_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wide.json"
    with path.open("w", encoding="utf-8") as file:
        file.write("[" + ",\n".join(json.dumps({"text": f"{number} " + "x" * 10_000}) for number in range(8_000)) + "]")
    program = (
        "import re, sys; from pathlib import Path\n"
        "from workbench.core.project import Project; from workbench.core.datasets.importer import import_file\n"
        "import pyarrow, pyarrow.compute\n"
        "def peak(): return int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) * 1024\n"
        "before = peak()\n"
        "project = Project.create(Path(sys.argv[1])); import_file(project, Path(sys.argv[2]), kind='text')\n"
        "print(peak() - before)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "p"), str(path)]
    grown = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert grown < path.stat().st_size * 0.7


def test_rejected_rows_are_counted_kept_and_shown(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(
        '{"text": "とても良い", "label": "a"}\n'.encode() + b'{"text": "", "label": "a"}\n'
        b"not json\n"
        b'{"text": "  ", "label": "b"}\n'
        b'{"text": ["x"], "label": "b"}\n'
        b'{"text": "half \\ud83d", "label": "b"}\n'
        b'{"text": "bad \xff", "label": "b"}\n'
    )
    dataset = import_file(project, path, kind="text-label")
    assert dataset.info.rows == 1
    assert dataset.info.rejected == 6
    assert dataset.info.reasons == {
        "“Text” is missing or empty.": 2,
        "The row holds characters that cannot be read.": 2,
        "The row is not valid JSON.": 1,
        "“Text” is not a text.": 1,
    }
    assert [(found.line, found.raw) for found in dataset.rejected()][1] == (3, "not json")
    assert [found.line for found in dataset.rejected()] == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"responses": ["a"], "ranks": [1]}, "A ranking needs at least two answers."),
        ({"responses": ["a", "b"], "ranks": [1]}, "There are not as many ranks as answers."),
        ({"responses": ["a", "b"], "ranks": [0, 1]}, "Ranks are whole numbers from 1"),
        ({"responses": ["a", "b"], "ranks": [1, 1.5]}, "“Ranks” is not a list of whole numbers."),
        ({"responses": ["a", "b"], "ranks": [1, 1]}, "All answers have the same rank"),
        ({"responses": ["a", 3], "ranks": [1, 2]}, "“Answers” is not a list of texts."),
        ({"responses": "a, b", "ranks": [1, 2]}, "“Answers” is not a list."),
    ],
)
def test_bad_rankings(project: Project, tmp_path: Path, row: dict[str, object], reason: str) -> None:
    good = {"prompt": "p", "responses": ["a", "b"], "ranks": [1.0, 2]}
    dataset = import_file(project, lines(tmp_path / "r.jsonl", [good, {"prompt": "p", **row}]), kind="ranking")
    assert dataset.rows() == [{"prompt": "p", "responses": ["a", "b"], "ranks": [1, 2]}]
    assert dataset.rejected()[0].reason.startswith(reason)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([{"role": "user", "content": "x"}], "No message of the user is followed by an answer."),
        ([{"role": "tool", "content": "x"}], "A message is from “tool”"),
        ([{"content": "x"}], "A message has no role or no content."),
        ([{"role": "user", "content": " "}, {"role": "assistant", "content": "x"}], "A message is empty."),
    ],
)
def test_bad_conversations(project: Project, tmp_path: Path, messages: list[object], reason: str) -> None:
    path = lines(tmp_path / "c.jsonl", [{"messages": messages}])
    with pytest.raises(UserError, match=f"No row of c.jsonl can be used.*{reason}"):
        import_file(project, path, kind="chat")
    assert project.datasets() == []
    assert list(project.data.iterdir()) == []


def test_equal_texts_are_in_one_split_and_labels_keep_their_share(project: Project, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"text": f"text {number % 400}", "label": "ab"[number % 2]} for number in range(800)
    ]
    dataset = import_file(project, lines(tmp_path / "t.jsonl", rows), kind="text-label", split=0.25)
    train, validation = ({row["text"] for row in dataset.rows(split)} for split in ("train", "validation"))
    assert not train & validation
    assert len(validation) == 100
    assert sum(row["label"] == "a" for row in dataset.rows("validation")) == 100


def test_the_seed_freezes_the_split(project: Project, tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [{"text": str(number)} for number in range(100)])
    first, again, other = (import_file(project, path, kind="text", seed=seed) for seed in (0, 0, 1))
    assert [first.name, again.name, other.name] == ["t", "t-2", "t-3"]
    assert first.rows("validation") == again.rows("validation") != other.rows("validation")
    assert first.info.hash == again.info.hash != other.info.hash


def test_a_given_name_must_be_free_and_a_name(project: Project, tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [{"text": "x"}])
    assert import_file(project, path, kind="text", name="日本語 1").name == "日本語 1"
    with pytest.raises(UserError, match="already a data set “日本語 1”"):
        import_file(project, path, kind="text", name="日本語 1")
    for bad in ("../x", "a/b", ".hidden", "x."):
        with pytest.raises(UserError, match="cannot be a name"):
            import_file(project, path, kind="text", name=bad)


def test_columns_by_hand(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,other,label\nwrong,right,x\n", "utf-8")
    dataset = import_file(project, path, kind="text-label", mapping={"text": "other"})
    assert dataset.rows() == [{"text": "right", "label": "x"}]
    with pytest.raises(UserError, match="no column “none”; it has: text, other, label"):
        import_file(project, path, kind="text-label", mapping={"text": "none"})
    with pytest.raises(UserError, match="has no “prompt”; it has: text, text_pair, label, split, group"):
        import_file(project, path, kind="text-label", mapping={"prompt": "text"})
    with pytest.raises(UserError, match="No column looks like “label”"):
        import_file(project, path, kind="text-label", mapping={"text": "label"})


def test_columns_are_recognised_by_content(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,x,y\n" + "".join(f"{n},a longer text {n},{'pn'[n % 2]}\n" for n in range(20)), "utf-8")
    assert look(path, "text-label").mapping == {"text": "x", "label": "y"}
    assert look(path, "instruction").mapping == {"prompt": "id", "answer": "x"}
    assert look(path, "prompts").mapping == {"prompt": "x"}


def test_what_is_shown_before_the_import_is_what_is_imported(project: Project, tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [{"question": "q", "answer": "a"}, {"question": "q"}])
    seen = look(path)
    shown = preview(seen.records, seen.kind, seen.mapping)
    dataset = import_file(project, path, kind=seen.kind, mapping=seen.mapping)
    assert [item.row for item in shown if item.row] == dataset.rows()
    assert [item.reason for item in shown if not item.row] == [found.reason for found in dataset.rejected()]


def test_a_cancelled_or_failed_import_leaves_nothing(project: Project, tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [{"text": "x"}] * 2000)
    answers = iter([False, True])
    with pytest.raises(UserError, match="cancelled"):
        import_file(project, path, kind="text", cancelled=lambda: next(answers))

    def broken(share: float) -> None:
        raise RuntimeError("the listener failed")

    with pytest.raises(RuntimeError):
        import_file(project, path, kind="text", progress=broken)
    assert list(project.data.iterdir()) == []


def test_what_a_killed_import_left_is_removed(project: Project, tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [{"text": "x"}] * 5000)
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from workbench.core.project import Project; from workbench.core.datasets.importer import import_file\n"
        "def die(share): share > 0.5 and os.kill(os.getpid(), signal.SIGKILL)\n"
        "import_file(Project(Path(sys.argv[1])), Path(sys.argv[2]), kind='text', progress=die)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(project.path), str(path)], check=False)
    assert ended.returncode == -9
    assert [folder.name.startswith(".staging") for folder in project.data.iterdir()] == [True]
    assert project.datasets() == []
    import_file(project, path, kind="text")
    assert [folder.name for folder in project.data.iterdir()] == ["t"]


def test_damaged_data_sets_say_so(project: Project, tmp_path: Path) -> None:
    dataset = import_file(project, lines(tmp_path / "t.jsonl", [{"text": "x"}] * 10), kind="text")
    rows = dataset.path / "rows.arrow"
    rows.write_bytes(rows.read_bytes()[:50])
    with pytest.raises(UserError, match="Import its file again"):
        dataset.rows()
    (dataset.path / "info.json").write_text("{")
    with pytest.raises(UserError, match="is damaged"):
        _ = project.dataset("t").info


def test_the_parts_that_a_column_names_are_kept(project: Project, tmp_path: Path) -> None:
    parts = ["train", "Training", "検証", "test", "", "holdout", "dev"]
    path = lines(tmp_path / "t.jsonl", [{"text": str(n), "split": part} for n, part in enumerate(parts)])
    dataset = import_file(project, path, kind="text", split=0)
    assert dataset.info.mapping == {"text": "text", "split": "split"}
    assert [row["split"] for row in dataset.page(0, 9)] == [
        *("train", "train", "validation", "test", "train", "validation")
    ]
    assert dataset.info.splits == {"train": 3, "validation": 2, "test": 1}
    assert dataset.rows("test") == [{"text": "3"}]
    assert [(row.line, row.reason) for row in dataset.rejected()] == [
        (6, "“holdout” is no part of a data set; there are train, validation and test.")
    ]
    free = import_file(project, path, kind="text", split=0, own_split=False)
    assert free.info.splits == {"train": 7, "validation": 0}  # nor is any row left out for its part
    assert free.info.mapping == {"text": "text"}


def test_validation_is_taken_from_training_rows_where_the_file_has_none(project: Project, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"text": str(n), "split": "test" if n % 4 == 0 else "train"} for n in range(400)]
    dataset = import_file(project, lines(tmp_path / "t.jsonl", rows), kind="text", split=0.1)
    assert dataset.info.splits == {"train": 270, "validation": 30, "test": 100}
    assert [int(row["text"]) % 4 for row in dataset.rows("test")] == [0] * 100


def test_rows_of_a_mapped_group_stay_together(project: Project, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"text": str(n), "label": "a", "customer": n % 50} for n in range(500)]
    path = lines(tmp_path / "t.jsonl", rows)
    dataset = import_file(project, path, kind="text-label", mapping={"group": "customer"}, split=0.2)
    train, validation = ({int(row["text"]) % 50 for row in dataset.rows(part)} for part in ("train", "validation"))
    assert not train & validation
    assert len(validation) == 10


def test_a_split_that_is_not_stratified(project: Project, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"text": str(n), "label": "a" if n % 10 else "b"} for n in range(1000)]
    path = lines(tmp_path / "t.jsonl", rows)
    counts = []
    for stratified in (True, False):
        dataset = import_file(project, path, kind="text-label", stratified=stratified)
        assert dataset.info.splits == {"train": 900, "validation": 100}
        assert dataset.info.rule.stratified == stratified
        counts.append(sum(row["label"] == "b" for row in dataset.rows("validation")))
    assert counts[0] == 10
    assert counts[1] != 10


def test_settled_training_rows_of_a_written_set_stay(tmp_path: Path) -> None:
    rows = [{"text": str(number)} for number in range(100)]
    parts = ["train"] * 50 + [""] * 50
    dataset = write_dataset(tmp_path / "d", "d", "text", rows, split=0.2, parts=parts)
    assert dataset.info.splits == {"train": 90, "validation": 10}
    assert min(int(row["text"]) for row in dataset.rows("validation")) >= 50


def test_rejected_rows_can_be_exported(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "x"}\n=1+2\n-日本\n' + "y" * 70_000 + "\n", "utf-8")
    dataset = import_file(project, path, kind="text")
    assert dataset.export_rejected(tmp_path / "out.jsonl") == 3
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [(row["line"], row["raw"][:3], len(row["raw"])) for row in written] == [
        *((2, "=1+", 4), (3, "-日本", 3), (4, "yyy", 65_536))
    ]
    dataset.export_rejected(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["raw"][:4] for row in csv.DictReader(file)] == ["'=1+", "'-日本", "yyyy"]
    with pytest.raises(UserError, match="cannot be written"):
        dataset.export_rejected(tmp_path / "none" / "out.csv")


def test_sets_of_the_first_version_are_read(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "d", "d", "text", [{"text": "x"}, {"text": "y"}], split=0)
    table = dataset.table()
    (dataset.path / "splits.arrow").unlink()
    old = table.set_column(1, "split", pyarrow.array(["train", "validation"]))
    with pyarrow.ipc.new_file(tmp_path / "rows.arrow", old.schema) as out:
        out.write_table(old)
    (tmp_path / "rows.arrow").replace(dataset.path / "rows.arrow")
    again = Dataset(dataset.path)
    assert again.rows("validation") == [{"text": "y"}]
    assert again.page(0, 1) == [{"text": "x", "split": "train"}]


@pytest.mark.parametrize("split", [-0.1, 0.95, float("nan")])
def test_the_share_is_bounded(project: Project, tmp_path: Path, split: float) -> None:
    with pytest.raises(UserError, match=r"from 0 to 0\.9"):
        import_file(project, lines(tmp_path / "t.jsonl", [{"text": "x"}]), kind="text", split=split)
