"""The training side of Keras tasks: TensorFlow lives here, torch and Qt do not; the two never share a process."""

import os

from workbench.engine.keras.quiet import quiet

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors only; it is read when TensorFlow loads

with quiet():
    import tensorflow

    tensorflow.config.list_physical_devices()
