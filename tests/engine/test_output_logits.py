import pytest
import torch
from transformers import (
    CohereConfig,
    CohereForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GraniteConfig,
    GraniteForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)

from workbench.engine.models import decoder, output_logits

SIZE = {
    "vocab_size": 40,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}


@pytest.mark.parametrize(
    ("family", "config"),
    [
        (LlamaForCausalLM, LlamaConfig(**SIZE)),
        (Gemma2ForCausalLM, Gemma2Config(**SIZE, head_dim=8, final_logit_softcapping=0.5)),
        (CohereForCausalLM, CohereConfig(**SIZE, logit_scale=0.25)),
        (GraniteForCausalLM, GraniteConfig(**SIZE, logits_scaling=4.0)),
    ],
)
def test_logits_are_those_of_the_whole_model(family: type, config: object) -> None:
    torch.manual_seed(0)
    model = family(config).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    states = decoder(model)(input_ids=ids).last_hidden_state
    torch.testing.assert_close(output_logits(model, states), model(input_ids=ids).logits)
