"""What the card of a network of Keras says: how it is loaded, and what goes in and comes out."""

from typing import Any

from workbench.core.i18n import tr
from workbench.core.runs import Run

LIBRARIES = {"keras": "keras", "savedmodel": "tensorflow", "tflite": "tflite"}
"""What loads each format, by the names of the Hugging Face Hub."""

LOADING = {
    "keras": (
        "import keras",
        'model = keras.saving.load_model("FOLDER/model.keras")',
        "probabilities = model(batch)[0]",
    ),
    "savedmodel": (
        "import tensorflow as tf",
        'model = tf.saved_model.load("FOLDER")',
        "probabilities = model.serve(batch)[0]",
    ),
    "tflite": (
        "import tensorflow as tf",
        'model = tf.lite.Interpreter("FOLDER/model.tflite")',
        "model.allocate_tensors()",
        'model.set_tensor(model.get_input_details()[0]["index"], batch)',
        "model.invoke()",
        'probabilities = model.get_tensor(model.get_output_details()[0]["index"])[0]',
    ),
}
"""What to import, and how to ask a network of each format."""


def front_matter(run: Run, format: str) -> dict[str, Any]:
    """Return what the card says for machines."""
    tags = sorted({run.spec().task, format, "workbench"})
    return {"library_name": LIBRARIES[format], "pipeline_tag": "image-classification", "tags": tags}


def loading(run: Run, format: str) -> str:
    """Return how the network is loaded and used, as Markdown."""
    info = run.result_info()
    library, *ask = LOADING[format]
    size = f"({info['side']}, {info['side']})"
    code = "\n".join(
        [
            library,
            "import numpy as np",
            "from PIL import Image",
            f'image = Image.open("IMAGE").convert("RGB").resize({size}, Image.Resampling.BILINEAR)',
            'batch = np.asarray(image, "float32")[None]',
            *ask,
            'labels = open("FOLDER/labels.txt", encoding="utf-8").read().splitlines()',
            "print(labels[int(np.argmax(probabilities))])",
        ]
    )
    words = tr(
        "Images go in as values from 0 to 255 in red, green and blue; scaling is part of the network. "
        "The probabilities that come out stand for these labels, in this order: {labels}.",
        labels=", ".join(info["labels"]),
    )
    return f"## {tr('How to load it')}\n\n```python\n{code}\n```\n\n{words}"
