"""Models of the Llama architecture as a GGUF file, which llama.cpp and programs built on it run.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Matrices are written in half precision, the rest
in fp32. llama.cpp turns neighbouring pairs of a head's queries and keys, transformers the first half with the second,
so the rows of those layers change places.
"""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

from workbench.engine.gguf_vocabulary import Vocabulary


def write(model: Any, tokenizer_folder: Path, file: Path, name: str) -> None:
    """Write a model and its tokenizer.

    Args:
        model: A `LlamaForCausalLM` without adapters, in fp32.
        tokenizer_folder: Where its ``tokenizer.json`` is.
        file: What to write.
        name: What the model is called in it.

    Raises:
        UserError: The tokenizer is of a kind that is not written here.
    """
    vocabulary = Vocabulary.of(tokenizer_folder, model.config.vocab_size)
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name(name)
    _add_shape(writer, model.config)
    vocabulary.add_to(writer)
    _add_weights(writer, model)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: Any, config: Any) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


def _add_weights(writer: Any, model: Any) -> None:
    config = model.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    tied = config.tie_word_embeddings
    for name, weight in model.state_dict().items():
        if tied and name.startswith("lm_head"):
            continue
        values: NDArray[np.float32] = weight.float().cpu().numpy()
        layer = name.rsplit(".", 2)[-2]
        if layer in heads:
            values = _pairs_together(values, heads[layer])
        if values.ndim > 1:
            writer.add_tensor(names.get_name(name, (".weight", ".bias")), values.astype(np.float16))
        else:
            writer.add_tensor(names.get_name(name, (".weight", ".bias")), values)


def _pairs_together(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Put row i of a head's first half beside row i of its second half; weight (heads * D, ...)."""
    halves = weight.reshape(heads, 2, len(weight) // heads // 2, *weight.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(weight.shape)
