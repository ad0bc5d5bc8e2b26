"""The families of tasks that wordings exist for: what each needs to know of a row.

A new family is one more entry in `FAMILIES` and a file of wordings of that name in ``resources/templates``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr

MOST_OPTIONS = 40
"""Up to so many labels can be listed below a prompt."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """Something that a wording can name.

    Attributes:
        roles: Stored roles of a data set that fill it, the surest first; none if it is the same in all rows.
        required: A row without it cannot be put into words.
    """

    name: str
    label: str
    roles: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Family:
    """A task that many data sets have.

    Attributes:
        slots: What its wordings can name.
        answer: Slot that is answered with, unless a wording is turned round.
        options: Whether the answers are few and can be listed below a prompt.
        known: What to call usual labels, in English and Japanese, by the label in lower case.
        numbered: Usual labels, as in ``known``, that stand behind the numbers from 0, by how many there are.
        hints: Parts of names that tell of such a data set.
    """

    name: str
    label: str
    help: str
    slots: tuple[Slot, ...]
    answer: str
    options: bool = False
    known: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    numbered: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    hints: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What its wordings can name, the options included."""
        return (*(slot.name for slot in self.slots), *(("options",) if self.options else ()))

    def filled_by(self, roles: Collection[str]) -> dict[str, str]:
        """Return which of the roles fills each slot, the surest one where several can."""
        found = {slot.name: next((role for role in slot.roles if role in roles), "") for slot in self.slots}
        return {slot: role for slot, role in found.items() if role}

    def fits(self, roles: Collection[str]) -> bool:
        """Return whether data with these roles has all that its wordings need."""
        filled = self.filled_by(roles)
        return all(slot.name in filled for slot in self.slots if slot.required and slot.roles)


_ALL_SENTIMENTS = {
    "negative": ("negative", "否定的"),
    "neutral": ("neutral", "中立"),
    "positive": ("positive", "肯定的"),
    "neg": ("negative", "否定的"),
    "pos": ("positive", "肯定的"),
    "very negative": ("very negative", "とても否定的"),
    "very positive": ("very positive", "とても肯定的"),
    "ネガティブ": ("negative", "否定的"),
    "ポジティブ": ("positive", "肯定的"),
    "否定的": ("negative", "否定的"),
    "肯定的": ("positive", "肯定的"),
}
_YES, _NO = ("yes", "はい"), ("no", "いいえ")
_UNCLEAR = ("it is not possible to tell", "どちらとも言えない")
_ENTAILMENTS = {
    "entailment": _YES,
    "neutral": _UNCLEAR,
    "contradiction": _NO,
    "not_entailment": _NO,
    "含意": _YES,
    "中立": _UNCLEAR,
    "矛盾": _NO,
}
_SAMENESS = {
    **dict.fromkeys(("same", "paraphrase", "duplicate", "equivalent", "true", "yes", "同じ"), _YES),
    **dict.fromkeys(("different", "not_paraphrase", "not_duplicate", "not_equivalent", "false", "no", "違う"), _NO),
}

_LABEL = Slot(name="label", label=mark("Label"), roles=("label", "answer"))
_CLASSIFIED = Slot(name="text", label=mark("Text"), roles=("text", "input", "prompt"))
_LONG_TEXT = Slot(name="text", label=mark("Text"), roles=("input", "prompt"))

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            name="sentiment",
            label=mark("Sentiment"),
            help=mark("Is a text positive or negative? Reviews, comments, messages."),
            slots=(_CLASSIFIED, _LABEL),
            answer="label",
            options=True,
            known=_ALL_SENTIMENTS,
            numbered={
                2: ("negative", "positive"),
                3: ("negative", "neutral", "positive"),
                5: ("very negative", "negative", "neutral", "positive", "very positive"),
            },
            hints=("sentiment", "review", "imdb", "sst", "感情", "レビュー", "評判"),
        ),
        Family(
            name="classification",
            label=mark("Topic or other class"),
            help=mark("Which of some classes does a text belong to? Topics, intents, departments."),
            slots=(_CLASSIFIED, _LABEL),
            answer="label",
            options=True,
            hints=("topic", "news", "intent", "categor", "分類", "トピック", "話題"),
        ),
        Family(
            name="inference",
            label=mark("Inference"),
            help=mark("Does a statement follow from a text, contradict it, or neither?"),
            slots=(
                Slot(name="premise", label=mark("Text that is given"), roles=("text",)),
                Slot(name="hypothesis", label=mark("Statement about it"), roles=("text_pair",)),
                Slot(name="label", label=mark("Label"), roles=("label",)),
            ),
            answer="label",
            options=True,
            known=_ENTAILMENTS,
            numbered={2: ("entailment", "not_entailment"), 3: ("entailment", "neutral", "contradiction")},
            hints=("nli", "rte", "entail", "inference", "含意", "推論"),
        ),
        Family(
            name="paraphrase-check",
            label=mark("Do two texts say the same?"),
            help=mark("Are two sentences or questions paraphrases of each other?"),
            slots=(
                Slot(name="first", label=mark("First text"), roles=("text",)),
                Slot(name="second", label=mark("Second text"), roles=("text_pair",)),
                Slot(name="label", label=mark("Label"), roles=("label",)),
            ),
            answer="label",
            options=True,
            known=_SAMENESS,
            numbered={2: ("different", "same")},
            hints=("paraphrase", "mrpc", "qqp", "paws", "duplicate", "言い換え"),
        ),
        Family(
            name="paraphrase",
            label=mark("Saying it in other words"),
            help=mark("Each answer says the same as its prompt in other words."),
            slots=(
                _LONG_TEXT,
                Slot(name="paraphrase", label=mark("The same in other words"), roles=("answer",)),
            ),
            answer="paraphrase",
            hints=("paraphras", "rewrite", "言い換え", "書き換え"),
        ),
        Family(
            name="question-answering",
            label=mark("Questions from memory"),
            help=mark("Questions that are answered without a text to look them up in."),
            slots=(
                Slot(name="question", label=mark("Question"), roles=("prompt",)),
                Slot(name="answer", label=mark("Answer"), roles=("answer",)),
            ),
            answer="answer",
            hints=("qa", "question", "trivia", "quiz", "faq", "質問", "クイズ"),
        ),
        Family(
            name="reading",
            label=mark("Questions about a text"),
            help=mark("Questions whose answer stands in a text that is given."),
            slots=(
                Slot(name="context", label=mark("Text to read"), roles=("input",)),
                Slot(name="question", label=mark("Question"), roles=("prompt",)),
                Slot(name="answer", label=mark("Answer"), roles=("answer",)),
            ),
            answer="answer",
            hints=("squad", "reading", "comprehension", "読解"),
        ),
        Family(
            name="summary",
            label=mark("Summary"),
            help=mark("Each answer is a short version of its text."),
            slots=(_LONG_TEXT, Slot(name="summary", label=mark("Summary"), roles=("answer",))),
            answer="summary",
            hints=("summar", "tldr", "cnn", "xsum", "要約"),
        ),
        Family(
            name="translation",
            label=mark("Translation"),
            help=mark("Each answer is its text in another language."),
            slots=(
                Slot(name="source", label=mark("Text"), roles=("input", "prompt")),
                Slot(name="target", label=mark("Translation"), roles=("answer",)),
                Slot(name="source_language", label=mark("Language of the text")),
                Slot(name="target_language", label=mark("Language of the translation")),
            ),
            answer="target",
            hints=("transl", "wmt", "parallel", "翻訳", "対訳"),
        ),
        Family(
            name="multiple-choice",
            label=mark("Multiple choice"),
            help=mark("Questions with the possible answers beside them, common sense for example."),
            slots=(
                Slot(name="question", label=mark("Question"), roles=("prompt",)),
                Slot(name="choices", label=mark("Possible answers"), roles=("input",)),
                Slot(name="answer", label=mark("Answer"), roles=("answer",)),
            ),
            answer="answer",
            hints=("choice", "commonsense", "copa", "arc", "mmlu", "選択"),
        ),
        Family(
            name="title",
            label=mark("Titles and headlines"),
            help=mark("Each answer is the title of its text."),
            slots=(_LONG_TEXT, Slot(name="title", label=mark("Title"), roles=("answer",))),
            answer="title",
            hints=("title", "headline", "見出し", "タイトル"),
        ),
        Family(
            name="keywords",
            label=mark("Key words"),
            help=mark("Each answer lists the key words of its text."),
            slots=(_LONG_TEXT, Slot(name="keywords", label=mark("Key words"), roles=("answer",))),
            answer="keywords",
            hints=("keyword", "keyphrase", "tags", "キーワード"),
        ),
        Family(
            name="dialogue",
            label=mark("Conversation"),
            help=mark("Each answer is what somebody replies to what was said."),
            slots=(
                Slot(name="said", label=mark("What was said"), roles=("prompt",)),
                Slot(name="reply", label=mark("Reply"), roles=("answer",)),
            ),
            answer="reply",
            hints=("dialog", "talk", "chat", "conversation", "会話", "対話"),
        ),
    )
}

KINDS = ("text-label", "instruction")
"""Kinds of data sets that can be turned into prompts."""


def family(name: str) -> Family:
    """Return a family of tasks.

    Raises:
        UserError: There is none of that name.
    """
    if name not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise UserError(tr("There is no family of templates “{name}”; there are: {known}.", name=name, known=known))
    return FAMILIES[name]
