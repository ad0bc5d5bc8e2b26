import pytest

from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.labelling.result import make_dataset
from workbench.core.labelling.setup import Prompt, Setup, default_prompt, parse_labels
from workbench.core.labelling.standing import Standing
from workbench.core.labelling.store import Decision, Labelling, Measured
from workbench.core.project import Project

TEXTS = [f"text number {number}" for number in range(6)]


@pytest.fixture
def labelling(project: Project) -> Labelling:
    rows = [{"text": text} for text in TEXTS]
    source = write_dataset(project.data / "open", "open", "unlabelled", rows, split=0.0)
    setup = Setup(data="open", hash=source.info.hash, run="001-x", labels=("bad", "good"))
    return Labelling.begin(project, setup)


def test_labels_are_read_with_or_without_words_of_their_own() -> None:
    assert parse_labels(" positive, negative ") == (("positive", "negative"), ("positive", "negative"))
    assert parse_labels("1=positive, 0=negative") == (("1", "0"), ("positive", "negative"))
    assert parse_labels("良い、悪い")[0] == ("良い", "悪い")


@pytest.mark.parametrize("text", ["", "one", "a, a", "a=x, b=x", "=x, b"])
def test_labels_that_cannot_be_told_apart_are_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_labels(text)


def test_a_prompt_is_filled_with_text_and_words() -> None:
    filled = Prompt(default_prompt(), ["good", "bad"]).fill({"text": "It {{ broke }}."})
    assert "good, bad" in filled and "It {{ broke }}." in filled


@pytest.mark.parametrize("template", ["no slot", "{{ text", "{{ txet }}", "{{ text.__class__.__mro__ }}"])
def test_a_prompt_that_cannot_work_is_refused_before_anything_runs(template: str) -> None:
    with pytest.raises(UserError):
        Prompt(template, ["a", "b"])


def test_what_was_proposed_survives_a_kill_in_the_middle_of_a_line(labelling: Labelling) -> None:
    labelling.add(0, [[0.9, 0.1], [0.2, 0.8]])
    with (labelling.path / "proposals.jsonl").open("ab") as file:
        file.write(b'{"start":2,"probabilities":[[0.')
    again = Labelling(labelling.project, labelling.name)
    assert again.proposals().next() == 2
    again.add(2, [[0.3, 0.7]])
    proposals = again.proposals()
    assert proposals.count == 3 and proposals.next() == 3
    assert proposals.label.tolist() == [0, 1, 1, -1, -1, -1]
    assert proposals.confidence[:3].tolist() == pytest.approx([0.9, 0.8, 0.7])


def test_the_same_setup_goes_on_with_what_there_is(labelling: Labelling) -> None:
    labelling.add(0, [[0.9, 0.1]])
    same = Labelling.begin(labelling.project, labelling.setup)
    assert same.name == labelling.name and same.proposals().count == 1


def test_another_data_set_of_the_same_name_is_noticed(labelling: Labelling) -> None:
    folder = labelling.project.data / "open"
    folder.rename(labelling.project.data.parent / "gone")
    write_dataset(folder, "open", "unlabelled", [{"text": "other"}], split=0.0)
    with pytest.raises(UserError, match="no longer"):
        labelling.proposals()


def test_a_later_decision_counts_and_decisions_measure_the_model(labelling: Labelling) -> None:
    labelling.add(0, [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    for row, label in [(0, "good"), (1, "good"), (2, ""), (0, "bad")]:
        labelling.decide(Decision(row=row, label=label))
    decisions = labelling.decisions()
    assert {row: decision.label for row, decision in decisions.items()} == {0: "bad", 1: "good", 2: ""}
    labelling.measure(Measured(data="other", hash="", confidence=[0.5], right=[False]))
    confidence, right = Standing.read(labelling).known()
    assert confidence == pytest.approx([0.5, 0.9, 0.8])
    assert right == [False, True, True]


def test_the_least_certain_rows_come_first_and_decided_ones_no_more(labelling: Labelling) -> None:
    labelling.add(0, [[0.9, 0.1], [0.2, 0.8], [0.45, 0.55], [0.05, 0.95], [0.99, 0.01]])
    labelling.decide(Decision(row=1, label="good"))
    labelling.decide(Decision(row=0))
    standing = Standing.read(labelling)
    assert standing.to_review() == [2, 3, 4]
    assert sorted(standing.to_review(mixed=True)) == [2, 3, 4]
    assert standing.above(0.9) == 2 and standing.above(0.5) == 3
    report = standing.report(0.9)
    assert (report["rows"], report["labelled"], report["left"], report["above"]) == (6, 5, 1, 2)
    assert report["expected_accuracy"] is None  # the one row that was decided is less sure than that


def test_the_result_says_which_labels_a_model_gave(labelling: Labelling) -> None:
    labelling.add(0, [[0.9, 0.1], [0.2, 0.8], [0.45, 0.55], [0.05, 0.95], [0.99, 0.01]])
    labelling.decide(Decision(row=2, label="bad"))
    labelling.decide(Decision(row=4, label=""))
    made = make_dataset(labelling, "new", 0.85)
    rows = {row["text"]: row for row in made.page(0, 10)}
    assert set(rows) == {TEXTS[0], TEXTS[2], TEXTS[3]}
    assert "labelled_by" not in rows[TEXTS[2]] and rows[TEXTS[2]]["label"] == "bad"
    assert rows[TEXTS[3]]["labelled_by"] == "001-x" and rows[TEXTS[3]]["confidence"] == pytest.approx(0.95)
    assert set(made.info.mapping) == {"text", "label", "labelled_by", "confidence"}  # what the table shows
    assert rows[TEXTS[0]]["split"] == rows[TEXTS[3]]["split"] == "train"


def test_a_labelled_set_keeps_its_parts_and_its_labels(labelling: Labelling, project: Project) -> None:
    rows = [{"text": TEXTS[0], "label": "good"}, *({"text": f"real {n}", "label": "bad"} for n in range(9))]
    parts = ["validation"] * 4 + ["test"] + ["train"] * 5
    write_dataset(project.data / "real", "real", "text-label", rows, split=0.0, parts=parts)
    labelling.add(0, [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9]])
    labelling.decide(Decision(row=2, label="good"))
    made = make_dataset(labelling, "new", 0.5, beside="real")
    assert made.info.splits == {"train": 7, "validation": 4, "test": 1}
    assert [row["label"] for row in made.rows() if row["text"] == TEXTS[0]] == ["good"]
    assert all("labelled_by" not in row for row in made.rows("validation"))


def test_a_labelling_without_a_sure_proposal_makes_nothing(labelling: Labelling) -> None:
    labelling.add(0, [[0.6, 0.4]])
    with pytest.raises(UserError, match="lower threshold"):
        make_dataset(labelling, "new", 0.9)
    assert not (labelling.project.data / "new").exists()
