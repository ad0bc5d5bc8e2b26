"""Adapters that are tokens which nobody wrote, where a model is used below its output layer or a token at a time.

Prefix tuning (Li and Liang, arXiv 2101.00190) puts keys and values before a text, P-tuning (Liu et al., arXiv
2103.10385) and prompt tuning (Lester et al., arXiv 2104.08691) embeddings. PEFT does so where a model is called as a
whole; here it is done for the model's body, for packed texts, and for the cache of a text that is being written.

Letters: B rows, T tokens, V virtual tokens, H hidden size.
"""

from pathlib import Path
from typing import Any

import torch
from peft import (
    PeftConfig,
    PeftModel,
    PeftType,
    PromptTuningConfig,
    get_peft_model,
    load_peft_weights,
    set_peft_model_state_dict,
)
from torch import Tensor
from transformers import DynamicCache


def virtual_tokens(model: Any) -> int:
    """Return how many virtual tokens the active adapter of a model puts before every text; most put none."""
    if not isinstance(model, PeftModel) or model._adapters_disabled:
        return 0
    config = model.active_peft_config
    return int(config.num_virtual_tokens) if config.is_prompt_learning else 0


def prepare(model: Any) -> None:
    """Make a base fit for virtual tokens that can be switched off.

    PEFT 0.21 puts a method of models that write aside when it does so, and fails on classifiers, which have none.
    """
    if not isinstance(model, PeftModel) and not hasattr(model, "prepare_inputs_for_generation"):
        model.prepare_inputs_for_generation = None


class Prompted:
    """The body of a causal language model that sees virtual tokens before each text, and tells nothing of them.

    Args:
        model: A PEFT model whose active adapter is made of virtual tokens.
        body: The base below its output layer.
    """

    def __init__(self, model: PeftModel, body: Any) -> None:
        self._model, self._body = model, body
        self._count = virtual_tokens(model)
        self._is_prefix = model.active_peft_config.peft_type == PeftType.PREFIX_TUNING

    def __call__(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Any = None,
        use_cache: bool = False,
    ) -> Any:
        """Return what the body gives for the tokens, ``last_hidden_state`` (B, T, H) among it.

        Args:
            input_ids: (B, T).
            attention_mask: 1 for real tokens (B, all tokens so far), or which token may look at which (B, 1, T, T).
                Without one, a token whose position is 0 begins a text that sees nothing of those before it.
            position_ids: Place of each token in its own text (B, T); the virtual tokens come before place 0.
            past_key_values: A cache; an empty one gets the virtual tokens as well.
            use_cache: Whether the cache is to be kept.
        """
        begun = past_key_values is not None and past_key_values.get_seq_length() > 0
        if attention_mask is None and position_ids is not None:
            attention_mask = _apart(position_ids)
        given: dict[str, Any] = {"use_cache": use_cache or self._is_prefix, "past_key_values": past_key_values}
        given["attention_mask"] = self._widened(attention_mask, rows_too=not (begun or self._is_prefix))
        if begun:
            return self._body(input_ids=input_ids, position_ids=self._shifted(position_ids, input_ids), **given)
        prompt = self._model.get_prompt(batch_size=len(input_ids))
        if self._is_prefix:
            given["past_key_values"] = self._filled(past_key_values, prompt)
            return self._body(input_ids=input_ids, position_ids=self._shifted(position_ids, input_ids), **given)
        words = self._model.get_input_embeddings()(input_ids)
        first = torch.arange(self._count, device=input_ids.device).expand(len(input_ids), -1)
        result = self._body(
            inputs_embeds=torch.cat([prompt.to(words.dtype), words], 1),
            position_ids=torch.cat([first, self._shifted(position_ids, input_ids)], 1),
            **given,
        )
        result.last_hidden_state = result.last_hidden_state[:, self._count :]
        return result

    def _shifted(self, position_ids: Tensor | None, input_ids: Tensor) -> Tensor:
        if position_ids is None:
            position_ids = torch.arange(input_ids.shape[1], device=input_ids.device).expand_as(input_ids)
        return position_ids + self._count

    def _widened(self, mask: Tensor | None, *, rows_too: bool) -> Tensor | None:
        """Return a mask that lets every token look at the virtual ones; they may be looked from, too (``rows_too``)."""
        if mask is None:
            return None
        seen = mask.new_ones((*mask.shape[:-1], self._count))
        wide = torch.cat([seen, mask], -1)
        if mask.dim() == 2 or not rows_too:
            return wide
        rows = mask.new_ones(self._count, wide.shape[-1]).tril().expand(*mask.shape[:2], -1, -1)
        return torch.cat([rows, wide], -2)

    @staticmethod
    def _filled(cache: Any, prompt: DynamicCache) -> DynamicCache:
        """Put the prefix into an empty cache; return it, or the prefix itself where there is none."""
        if cache is None:
            return prompt
        for number, layer in enumerate(prompt.layers):
            cache.update(layer.keys, layer.values, number)
        filled: DynamicCache = cache
        return filled


def _apart(positions: Tensor) -> Tensor:
    """Return which token may look at which (B, 1, T, T) where texts are packed and each begins at position 0 (B, T)."""
    text = (positions == 0).cumsum(1)
    same = text[:, None, :, None] == text[:, None, None, :]
    return same & torch.ones_like(same[0, 0]).tril()


def go_on(model: Any, folder: Path, name: str) -> PeftModel:
    """Put saved virtual tokens on a model to train them further, which PEFT refuses to do.

    What was saved are the tokens themselves, not a network that made them: from here on they are trained as they are,
    so P-tuning goes on as prompt tuning.

    Args:
        model: The base, or a PEFT model with other virtual tokens.
        folder: A saved adapter.
        name: What it is to be called on the model.
    """
    config: Any = PeftConfig.from_pretrained(folder)
    if config.peft_type == PeftType.P_TUNING:
        kept = ("num_virtual_tokens", "token_dim", "num_transformer_submodules", "num_attention_heads", "num_layers")
        shared = {field: getattr(config, field) for field in (*kept, "task_type", "modules_to_save")}
        config = PromptTuningConfig(base_model_name_or_path=config.base_model_name_or_path, **shared)
    config.inference_mode = False
    if config.modules_to_save:
        config.modules_to_save = list(dict.fromkeys(config.modules_to_save))
    prepare(model)
    if isinstance(model, PeftModel):
        model.add_adapter(name, config)
    else:
        model = get_peft_model(model, config, adapter_name=name)
    set_peft_model_state_dict(model, load_peft_weights(folder, device=str(model.device)), adapter_name=name)
    model.set_adapter(name)
    found: PeftModel = model
    return found


def is_saved(folder: Path) -> bool:
    """Return whether a saved adapter is made of virtual tokens."""
    return bool(PeftConfig.from_pretrained(folder).is_prompt_learning)
