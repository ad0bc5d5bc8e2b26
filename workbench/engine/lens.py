"""Rows exactly as training gives them to the model: rendered and encoded by the code that the tasks use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row, kind
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.lens import Segment, Shown, View
from workbench.engine import chat

UNCUT = 10**9


@dataclass(frozen=True)
class Token:
    """A token with the text that it stands for."""

    id: int
    text: str
    special: bool
    trained: bool = False
    cut: bool = False


class Lens:
    """Shows rows as one model sees them.

    Args:
        folder: Of the model; only its tokenizer is loaded.
    """

    def __init__(self, folder: Path) -> None:
        from workbench.engine.models import load_tokenizer

        self.tokenizer: Any = load_tokenizer(folder)
        added = {number for number, token in self.tokenizer.added_tokens_decoder.items() if token.special}
        self._special = added | set(self.tokenizer.all_special_ids)

    def rows(self, dataset: Dataset, first: int, count: int, max_length: int) -> list[Shown]:
        """Return some rows of a data set.

        Args:
            dataset: The data set.
            first: Number of the first row, from 1.
            count: How many.
            max_length: Tokens that training keeps.

        Raises:
            UserError: There is no such row, or the kind has no texts.
        """
        info = dataset.info
        if not 1 <= first <= info.rows:
            raise UserError(tr("There is no row {row}; the data set has {count}.", row=first, count=info.rows))
        found = []
        for number, row in enumerate(dataset.page(first - 1, count), first):
            merged = kind(info.kind).merge(row)
            views = self.views(info.kind, merged, max_length)
            found.append(Shown(row=number, split=row["split"], views=views, label=merged.get("label", "")))
        return found

    def views(self, name: str, row: Row, max_length: int) -> list[View]:
        """Return what a row of a kind becomes, as tasks read it.

        Raises:
            UserError: Rows of this kind are not texts.
        """
        if name in ("instruction", "chat"):
            return [self._example(row, max_length)]
        if name == "prompts":
            return [self._prompt(row, max_length)]
        if name == "ranking":
            return [self._answer(row, place, max_length) for place in range(len(row["responses"]))]
        if name in ("text-label", "unlabelled", "text"):
            return [self._text(row, max_length, trained=name == "text")]
        raise UserError(tr("These rows are not texts, so there is nothing to show as tokens."))

    def _example(self, row: Row, max_length: int) -> View:
        """As instruction tuning reads it: answers are learnt, the end is cut."""
        messages = chat.messages_of(row)
        example = chat.encode_example(self.tokenizer, messages, UNCUT)
        tokens = self._tokens(chat.render(self.tokenizer, messages, answer_next=False), example.ids, example.answer)
        learnt = chat.encode_example(self.tokenizer, messages, max_length).answer_tokens
        return _view(tokens, range(min(max_length, len(tokens))), left_out=not learnt)

    def _prompt(self, row: Row, max_length: int) -> View:
        """As an answer to it begins: everything up to where the model writes."""
        messages = chat.prompt_of(row)
        ids = chat.encode_prompt(self.tokenizer, messages)
        tokens = self._tokens(chat.render(self.tokenizer, messages, answer_next=True), ids, [0] * len(ids))
        return _view(tokens, range(min(max_length, len(tokens))))

    def _answer(self, row: Row, place: int, max_length: int) -> View:
        """As a reward model reads one answer of a ranking: up to its end token, the beginning is cut."""
        from workbench.engine.reward import encode_answer

        prompt = chat.prompt_of(row)
        messages = [*prompt, {"role": "assistant", "content": row["responses"][place]}]
        ids = encode_answer(self.tokenizer, prompt, row["responses"][place], UNCUT)
        judged = chat.encode_example(self.tokenizer, messages, UNCUT).answer[: len(ids)]
        tokens = self._tokens(chat.render(self.tokenizer, messages, answer_next=False), ids, judged)
        title = tr("Answer {number}, rank {rank}", number=place + 1, rank=row["ranks"][place])
        return _view(tokens, range(max(len(tokens) - max_length, 0), len(tokens)), title=title)

    def _text(self, row: Row, max_length: int, *, trained: bool) -> View:
        """As the tokenizer encodes it by itself: of a text, or two that belong together, the longer one is cut."""
        texts = [row["text"], *filter(None, [row.get("text_pair")])]
        whole = self.tokenizer(*texts, return_offsets_mapping=True)
        longest = min(max_length, self.tokenizer.model_max_length)
        short = self.tokenizer(*texts, truncation="longest_first", max_length=longest)
        room = {number: short.sequence_ids(0).count(number) for number in range(len(texts))}
        of_text = whole.sequence_ids(0)
        seen = dict.fromkeys(room, 0)
        kept = []
        for place, number in enumerate(of_text):
            if number is None or seen[number] < room[number]:
                kept.append(place)
            if number is not None:
                seen[number] += 1
        pieces = [
            "" if number is None else (texts[number], number, *offset)
            for number, offset in zip(of_text, whole.offset_mapping, strict=True)
        ]
        tokens = list(self._pieces(whole.input_ids, pieces, [int(trained)] * len(pieces)))
        return _view(tokens, kept)

    def _tokens(self, text: str, ids: Sequence[int], learnt: Sequence[int]) -> list[Token]:
        """Return the tokens of a rendered conversation with the text that each stands for."""
        offsets = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True).offset_mapping
        pieces = [(text, 0, *offset) for offset in offsets[: len(ids)]]
        return list(self._pieces(ids, pieces, learnt))

    def _pieces(self, ids: Sequence[int], places: Sequence[Any], learnt: Sequence[int]) -> Iterator[Token]:
        """Give each token its text; of several tokens that share a character the first has it."""
        end, current = 0, -1
        for number, place, trained in zip(ids, places, learnt, strict=True):
            if not place:
                yield Token(number, self.tokenizer.convert_ids_to_tokens(number), True)
                continue
            text, source, start, stop = place
            end, current = (end if source == current else 0), source
            special = number in self._special
            unknown = special and number == self.tokenizer.unk_token_id
            gap, piece = text[end:start], text[max(start, end) : stop]
            end = max(end, stop)
            written = self.tokenizer.unk_token if unknown else self._normal(piece)
            if gap and special:
                yield Token(number, gap, False, bool(trained))
                gap = ""
            yield Token(number, gap + written, special, bool(trained))

    def _normal(self, piece: str) -> str:
        """Return a piece as the tokenizer's normaliser leaves it: in lower case, say."""
        normalizer = self.tokenizer.backend_tokenizer.normalizer
        if normalizer is None:
            return piece
        changed: str = normalizer.normalize_str(piece)
        return piece if "▁" in changed else changed.strip() or piece


def _view(tokens: Sequence[Token], kept: Sequence[int], *, title: str = "", left_out: bool = False) -> View:
    """Put together the tokens that are treated alike; special ones stay apart."""
    inside = set(kept)
    segments: list[Segment] = []
    for place, token in enumerate(tokens):
        cut = place not in inside
        segment = Segment(text=token.text, special=token.special, trained=token.trained and not cut, cut=cut)
        last = segments[-1] if segments else None
        if last and not segment.special and _alike(last, segment):
            segments[-1] = Segment(
                text=last.text + segment.text, special=False, trained=segment.trained, cut=segment.cut
            )
        else:
            segments.append(segment)
    return View(title=title, segments=segments, tokens=len(tokens), kept=len(inside), left_out=left_out)


def _alike(one: Segment, other: Segment) -> bool:
    return (one.special, one.trained, one.cut) == (other.special, other.trained, other.cut)
