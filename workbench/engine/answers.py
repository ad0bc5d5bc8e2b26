"""One plain answer to a conversation, for samples during training."""

from collections.abc import Sequence
from typing import Any

import torch

from workbench.engine import chat


@torch.inference_mode()
def answer(model: Any, tokenizer: Any, messages: Sequence[chat.Message], *, max_new_tokens: int) -> str:
    """Return what the model most likely answers (greedy decoding)."""
    ids = torch.tensor([chat.encode_prompt(tokenizer, messages)], device=model.device)
    written = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=max_new_tokens,
        pad_token_id=tokenizer.pad_token_id,
        use_cache=True,
    )
    return chat.decode_answer(tokenizer, written[0, ids.shape[1] :])
