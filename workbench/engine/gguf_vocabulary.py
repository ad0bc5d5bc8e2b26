"""The tokens of a model in a GGUF file, as llama.cpp makes them of texts.

Two kinds of BPE (Sennrich et al., arXiv 1508.07909) are known to it. One joins bytes (GPT-2, SmolLM2, Llama 3) by a
list of pairs. The other joins letters (sentencepiece: Llama 2 and its Japanese kin), each token by its score, and
spells in bytes what it has no token for.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
from tokenizers import Tokenizer

from workbench.core.errors import UserError
from workbench.core.i18n import tr

SPLITTERS = {49152: "smollm", 128256: "llama-bpe"}
"""How llama.cpp calls the ways in which texts are cut before bytes are joined, by the size of the vocabulary."""

SPACE = "▁"
"""What stands for a space where letters are joined."""


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer as its ``tokenizer.json`` describes it.

    Attributes:
        folder: Where it is.
        described: The content of that file.
        size: Tokens that the model knows; there may be more than the tokenizer has.
    """

    folder: Path
    described: dict[str, Any]
    size: int

    @classmethod
    def of(cls, folder: Path, size: int) -> "Vocabulary":
        """Read the tokenizer in a folder.

        Raises:
            UserError: It is of a kind that is not written here.
        """
        described = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        if described["model"]["type"] != "BPE":
            raise UserError(tr("Only tokenizers that join pairs (BPE) can be written as GGUF; this is another kind."))
        return cls(folder, described, size)

    def add_to(self, writer: Any) -> None:
        """Add the tokens, and how texts become tokens, to a `gguf.GGUFWriter`."""
        if self.joins_letters:
            writer.add_tokenizer_model("llama")
            writer.add_add_space_prefix(self._begins_with_space())
            writer.add_token_scores(self._scores())
        else:
            writer.add_tokenizer_model("gpt2")
            writer.add_tokenizer_pre(SPLITTERS.get(self.size, "default"))
            writer.add_token_merges([" ".join(pair) for pair in self._pairs()])
        writer.add_token_list(self._tokens())
        writer.add_token_types(self._kinds())
        special = gguf.SpecialVocab(self.folder, n_vocab=self.size)
        special.add_special_token["bos"] = self._begins_with(special.special_token_ids.get("bos"))
        special.add_to_gguf(writer, quiet=True)

    @property
    def joins_letters(self) -> bool:
        """Whether it joins letters, not bytes."""
        return bool(self.described["model"].get("byte_fallback"))

    def _pairs(self) -> list[list[str]]:
        merges = self.described["model"]["merges"]
        return [pair.split(" ") if isinstance(pair, str) else pair for pair in merges]

    def _scores(self) -> list[float]:
        """Return a score for each token: what is joined earlier has the higher one."""
        pairs = self._pairs()
        rank: dict[str, int] = {}
        for place, pair in enumerate(pairs):
            rank.setdefault("".join(pair), place)
        return [-float(rank.get(token, len(pairs))) for token in self._tokens()]

    def _begins_with_space(self) -> bool:
        """Return whether a text is read as if a space came before it."""
        parts = [self.described.get("normalizer") or {}, self.described.get("pre_tokenizer") or {}]
        parts += [inner for part in parts for inner in part.get("normalizers", [])]
        return any(
            part.get("prepend") == SPACE
            or (part.get("type") == "Metaspace" and part.get("prepend_scheme", "always") != "never")
            for part in parts
        )

    def _begins_with(self, token: int | None) -> bool:
        """Return whether the tokenizer puts a token before each text; llama.cpp would guess it."""
        return Tokenizer.from_file(str(self.folder / "tokenizer.json")).encode("a").ids[:1] == [token]

    def _tokens(self) -> list[str]:
        names = {number: token for token, number in self.described["model"]["vocab"].items()}
        names |= {one["id"]: one["content"] for one in self.described["added_tokens"]}
        return [names.get(number, f"[PAD{number}]") for number in range(self.size)]

    def _kinds(self) -> list[gguf.TokenType]:
        model, kinds = self.described["model"], [gguf.TokenType.UNUSED] * self.size
        for token, number in model["vocab"].items():
            spelt = self.joins_letters and token.startswith("<0x") and len(token) == len("<0x00>")
            kinds[number] = gguf.TokenType.BYTE if spelt else gguf.TokenType.NORMAL
        for one in self.described["added_tokens"]:
            kinds[one["id"]] = gguf.TokenType.CONTROL if one["special"] else gguf.TokenType.USER_DEFINED
        if self.joins_letters and model.get("unk_token") in model["vocab"]:
            kinds[model["vocab"][model["unk_token"]]] = gguf.TokenType.UNKNOWN
        return kinds
