"""Rows as other people write them, turned into what a kind stores.

Pairs of a better and a worse answer, ranked lists with scores, answers inside of objects, prompts that are lists of
messages, system messages beside a conversation.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.core.datasets.kinds import Kind
from workbench.core.datasets.values import BadValue, is_message, is_missing, message, parsed
from workbench.core.i18n import tr

Given = dict[str, Any]
"""Values of a file by role."""

_TURN = re.compile(r"\n\n(?:Human|Assistant):")
_ONE_TURN = re.compile(r"\s*Human:(.*?)(?:\n\nAssistant:\s*)?", re.DOTALL)
_TEXT_KEYS = ("text", "content", "response", "answer", "completion", "output", "value")
_RANK_KEYS = ("rank",)
_SCORE_KEYS = ("score", "rating", "reward", "overall_score")
_CALLED = {"system": "System", "user": "Human", "assistant": "Assistant"}


def gather(kind: Kind, given: Mapping[str, Any]) -> Given:
    """Return the values of the stored roles of a kind, taken from what a file gives.

    Raises:
        BadValue: They cannot be had from it.
    """
    make = _MAKERS.get(kind.name)
    return make(dict(given)) if make else dict(given)


def holds_text(value: Any) -> bool:
    """Return whether a list or an object holds one text: a conversation, ``{"text": [...]}``, answers that are good."""
    if isinstance(value, dict):
        return "text" in value
    return isinstance(value, list) and bool(value) and (is_message(value[0]) or isinstance(value[0], str))


def _text_in(value: Any) -> Any:
    """Return the text that a value holds; the value itself if it holds none."""
    if isinstance(value, dict) and "text" in value:
        value = value["text"]
        return (value[0] if value else None) if isinstance(value, list) else value
    if isinstance(value, list) and value:
        if is_message(value[0]):
            return _written(list(map(message, value)))
        if isinstance(value[0], str):
            return value[0]
    return value


def _written(messages: Sequence[Mapping[str, str]]) -> str:
    """Return messages as one text; a single one stands for itself."""
    if len(messages) == 1:
        return messages[0]["content"]
    return "\n\n".join(f"{_CALLED[said['role']]}: {said['content']}" for said in messages)


def _instruction(given: Given) -> Given:
    prompt = given.get("prompt")
    if isinstance(prompt, list) and len(prompt) > 1 and is_message(prompt[0]):
        first = message(prompt[0])
        if first["role"] == "system":
            given = {"system": first["content"], **given, "prompt": prompt[1:]}
    return {role: _text_in(value) if role in ("prompt", "answer") else value for role, value in given.items()}


def _prompts(given: Given) -> Given:
    return {role: _text_in(value) if role == "prompt" else value for role, value in given.items()}


def _chat(given: Given) -> Given:
    system, messages = given.get("system"), parsed(given.get("messages"))
    if is_missing(system) or not isinstance(messages, list) or not messages:
        return given
    if is_message(messages[0]) and message(messages[0])["role"] == "system":
        return given
    return {**given, "messages": [{"role": "system", "content": system}, *messages]}


def _ranking(given: Given) -> Given:
    if not is_missing(given.get("chosen")) or not is_missing(given.get("rejected")):
        return _pair(given)
    responses, scores = parsed(given.get("responses")), parsed(given.get("scores"))
    given = {**given, "prompt": _text_in(given.get("prompt"))}
    if not isinstance(responses, list):
        return given
    if responses and all(isinstance(item, dict) for item in responses):
        ranks = _column(responses, _RANK_KEYS)
        scores = scores or _column(responses, _SCORE_KEYS)
        responses = [next((item[key] for key in _TEXT_KEYS if key in item), None) for item in responses]
        if ranks and is_missing(given.get("ranks")):
            given["ranks"] = _dense(ranks, reverse=False)
    given["responses"] = responses
    if is_missing(given.get("ranks")):
        given["ranks"] = _dense(scores, reverse=True) if scores else list(range(1, len(responses) + 1))
    return given


def _column(items: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[Any]:
    """Return the numbers that all items have by the first of some keys; nothing if one lacks them."""
    for key in keys:
        if all(key in item for item in items):
            return [item[key] for item in items]
    return []


def _dense(values: Any, *, reverse: bool) -> list[int]:
    """Return the rank of each number, 1 for the first, equal for equal ones."""
    if not isinstance(values, list) or any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise BadValue(tr("The scores of the answers are not numbers."))
    order = sorted(set(values), reverse=reverse)
    return [order.index(value) + 1 for value in values]


def _pair(given: Given) -> Given:
    """Make a ranking of two answers, with what they have in common as their prompt if there is none."""
    chosen, rejected = (parsed(given.get(role)) for role in ("chosen", "rejected"))
    for value, name in ((chosen, tr("Better answer")), (rejected, tr("Worse answer"))):
        if is_missing(value) or value == []:
            raise BadValue(tr("“{role}” is missing or empty.", role=name))
    prompt = _text_in(given.get("prompt"))
    if _is_conversation(chosen) and _is_conversation(rejected):
        shared, chosen, rejected = _split_messages(chosen, rejected)
        prompt = shared if is_missing(prompt) else prompt
    elif is_missing(prompt):
        prompt, chosen, rejected = _split_texts(_text_in(chosen), _text_in(rejected))
    responses = [_text_in(chosen), _text_in(rejected)]
    if responses[0] == responses[1]:
        raise BadValue(tr("Both answers are the same, so nothing can be learnt from them."))
    rest = {role: value for role, value in given.items() if role not in ("chosen", "rejected")}
    return {**rest, "prompt": prompt, "responses": responses, "ranks": [1, 2]}


def _is_conversation(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_message, value))


def _split_messages(chosen: Sequence[Any], rejected: Sequence[Any]) -> tuple[str, str, str]:
    """Return the messages that two conversations begin with as one text, and the rest of each."""
    better, worse = list(map(message, chosen)), list(map(message, rejected))
    shared = _same(better[:-1], worse[:-1])
    prompt = _written(better[:shared]) if shared else ""
    return prompt, _written(better[shared:]), _written(worse[shared:])


def _same(first: Sequence[Any], second: Sequence[Any]) -> int:
    """Return how many items two sequences have in common at their beginning."""
    return sum(1 for _ in itertools.takewhile(lambda both: both[0] == both[1], zip(first, second, strict=False)))


def _split_texts(chosen: Any, rejected: Any) -> tuple[str, Any, Any]:
    """Return what two transcripts begin with, up to the turn in which they differ, and the rest of each.

    ``\\n\\nHuman: … \\n\\nAssistant: …`` is how Anthropic's data sets write them.
    """
    if not isinstance(chosen, str) or not isinstance(rejected, str):
        return "", chosen, rejected
    same = _same(chosen, rejected)
    turns = [found.end() for found in _TURN.finditer(chosen) if found.end() <= same and "Assistant" in found.group()]
    if not turns:
        return "", chosen, rejected
    prompt = chosen[: turns[-1]]
    single = _ONE_TURN.fullmatch(prompt) if len(_TURN.findall(prompt)) <= 2 else None
    asked = single.group(1) if single else prompt.removesuffix("\n\nAssistant:")
    return asked.strip(), chosen[turns[-1] :].strip(), rejected[turns[-1] :].strip()


_MAKERS: dict[str, Callable[[Given], Given]] = {
    "instruction": _instruction,
    "prompts": _prompts,
    "chat": _chat,
    "ranking": _ranking,
}
