"""Loads an exported network the way a stranger would, in a process of its own, and writes what it says of images.

Run as a file, never imported: only TensorFlow and Keras are used, nothing of this program. Standard input holds a JSON
object: ``format``, ``folder``, ``images`` (a .npy file, (N, S, S, 3)), and ``out``, the .npy file to write.
"""

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def keras_file(folder: Path, images: Any) -> Any:
    """Ask a .keras file."""
    return keras.saving.load_model(folder / "model.keras")(images, training=False).numpy()


def saved_model(folder: Path, images: Any) -> Any:
    """Ask a SavedModel."""
    loaded = tf.saved_model.load(str(folder))  # its variables live as long as it does
    return loaded.serve(images).numpy()


def tflite(folder: Path, images: Any) -> Any:
    """Ask a TFLite model, one image at a time as such models are asked."""
    interpreter = tf.lite.Interpreter(str(folder / "model.tflite"))
    place, found = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    interpreter.allocate_tensors()
    answers = []
    for image in images:
        interpreter.set_tensor(place, image[None])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(found)[0])
    return np.stack(answers)


LOADERS = {"keras": keras_file, "savedmodel": saved_model, "tflite": tflite}

if __name__ == "__main__":
    job = json.load(sys.stdin)
    np.save(job["out"], LOADERS[job["format"]](Path(job["folder"]), np.load(job["images"])))
