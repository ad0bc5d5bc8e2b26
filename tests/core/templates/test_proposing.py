import pytest

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.templates.families import family
from workbench.core.templates.proposing import propose

LONG = "The council met on Monday and spoke about the bridge for a long time. " * 6


def labelled(text: str, labels: str, **more: str) -> list[Row]:
    return [{"text": f"{text} {label}", "label": label, **more} for label in labels.split() * 3]


def asked(prompt: str, answer: str, **more: str) -> list[Row]:
    return [{"prompt": f"{number} {prompt}", "answer": f"{answer} {number}", **more} for number in range(9)]


def make(project: Project, rows: list[Row], name: str = "data") -> Dataset:
    kind = "instruction" if "prompt" in rows[0] else "text-label"
    return write_dataset(project.data / name, name, kind, rows, split=0.1)


@pytest.mark.parametrize(
    ("expected", "name", "rows"),
    [
        ("sentiment", "data", labelled("Fine", "positive negative")),
        ("sentiment", "movie_reviews", labelled("Fine", "0 1")),
        ("sentiment", "映画のレビュー", labelled("良い", "1 2 3 4 5")),
        ("classification", "data", labelled("Goal!", "sport politics")),
        ("classification", "data", labelled("Goal!", "0 1")),
        ("inference", "data", labelled("A", "entailment neutral", text_pair="B")),
        ("inference", "data", labelled("A", "0 1 2", text_pair="B")),
        ("paraphrase-check", "data", labelled("A", "0 1", text_pair="B")),
        ("inference", "rte", labelled("A", "0 1", text_pair="B")),
        ("question-answering", "data", asked("Who came first?", "Ann")),
        ("question-answering", "data", asked("いちばん高い山は何ですか。", "富士山")),
        ("reading", "data", asked("Who came first?", "Ann", input="Ann came before Bob.")),
        ("multiple-choice", "data", asked("Who?", "Ann", input="A. Ann\nB. Bob")),
        ("multiple-choice", "data", asked("誰ですか。", "花子", input="ア．花子\nイ．太郎")),
        (
            "summary",
            "data",
            asked(LONG, "The council spoke about the bridge; nobody has decided anything as yet, though."),
        ),
        ("title", "data", asked(LONG, "Bridge talk")),
        ("keywords", "keywords", asked(LONG, "bridge")),
        ("translation", "data", asked("Good morning", "おはよう")),
        ("dialogue", "data", asked("Good morning", "Good morning to you")),
        ("paraphrase", "paraphrases", asked("It rains", "Rain is falling")),
        ("dialogue", "small-talk", asked("How are you?", "Fine")),
    ],
)
def test_the_family_is_told_by_the_name_and_the_rows(
    project: Project, expected: str, name: str, rows: list[Row]
) -> None:
    assert propose(make(project, rows, name)).family().name == expected


def test_a_fixed_request_above_many_texts_is_not_what_is_asked(project: Project) -> None:
    answer = "The council spoke about the bridge; nobody has decided anything as yet, though it was late."
    rows = [{"prompt": "Summarise.", "input": f"{n} {LONG}", "answer": answer} for n in range(9)]
    proposal = propose(make(project, rows))
    assert proposal.family().name == "summary"
    assert proposal.fill(family("summary")).roles == {"text": "input", "summary": "answer"}


def test_only_families_that_can_be_filled_are_offered(project: Project) -> None:
    names = {one.name for one in propose(make(project, labelled("A", "0 1"), "one")).families()}
    assert names == {"sentiment", "classification"}
    names = {one.name for one in propose(make(project, labelled("A", "0 1", text_pair="B"), "two")).families()}
    assert names == {"sentiment", "classification", "inference", "paraphrase-check"}
    names = {one.name for one in propose(make(project, asked("a", "b"), "three")).families()}
    assert not names & {"reading", "multiple-choice", "inference", "paraphrase-check"}
    assert {"summary", "translation", "question-answering"} <= names


def test_labels_are_proposed_words(project: Project) -> None:
    def words(labels: str, of: str, language: str) -> dict[str, str]:
        dataset = make(project, labelled("A", labels, text_pair="B"), f"{of}-{labels.replace(' ', '')}")
        return propose(dataset).fill(family(of)).words[language]

    assert words("0 1", "sentiment", "en") == {"0": "negative", "1": "positive"}
    assert words("Neg Pos", "sentiment", "ja") == {"Neg": "否定的", "Pos": "肯定的"}
    assert words("1 2", "sentiment", "en") == {}
    assert words("0 1 2", "inference", "en") == {"0": "yes", "1": "it is not possible to tell", "2": "no"}
    assert words("0 1", "paraphrase-check", "ja") == {"0": "いいえ", "1": "はい"}
    assert words("sport 0", "classification", "en") == {}


def test_labels_are_all_found_and_in_their_order(project: Project) -> None:
    rows: list[Row] = [{"text": f"{n}", "label": str(n % 12)} for n in range(500)]
    fill = propose(make(project, rows)).fill(family("classification"))
    assert fill.labels == tuple(map(str, range(12)))
    assert fill.options
    many: list[Row] = [{"text": f"{n}", "label": f"c{n}"} for n in range(50)]
    assert not propose(make(project, many, "many")).fill(family("classification")).options


def test_the_person_can_say_what_fills_a_slot(project: Project) -> None:
    proposal = propose(make(project, asked("Sort this", "yes", input="a text")))
    sentiment = family("sentiment")
    assert proposal.fill(sentiment).roles == {"text": "input", "label": "answer"}
    assert proposal.fill(sentiment, {"text": "prompt"}).roles["text"] == "prompt"
    with pytest.raises(UserError, match="have no “colour”"):
        proposal.fill(sentiment, {"text": "colour"})
    with pytest.raises(UserError, match="no slot “colour”; there are: text, label"):
        proposal.fill(sentiment, {"colour": "prompt"})


def test_the_language_is_that_of_most_rows(project: Project) -> None:
    assert propose(make(project, labelled("Fine", "a b"), "en")).language == "en"
    assert propose(make(project, labelled("とても良い", "a b"), "ja")).language == "ja"


def test_rows_are_looked_at_from_all_over_the_data_set(project: Project) -> None:
    rows: list[Row] = [{"text": f"{n}", "label": "negative" if n < 900 else "a third kind"} for n in range(1000)]
    proposal = propose(make(project, rows))
    assert proposal.family().name == "classification"
    assert (len(proposal.rows), proposal.numbers[:2], proposal.numbers[-1]) == (200, [1, 6], 996)
    assert all(row["text"] == str(number - 1) for row, number in zip(proposal.rows, proposal.numbers, strict=True))
