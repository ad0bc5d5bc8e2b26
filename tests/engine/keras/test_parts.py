"""The parts of a Keras run against what can be reckoned by hand."""

from typing import Any

import pytest

from tests.engine.keras import child

ADAM = """
import numpy as np
import keras
from workbench.engine.keras.adam import Adam

draw = np.random.default_rng(0)
starts = [draw.normal(size=shape).astype("float32") for shape in ((5, 3), (4,))]
ours, theirs = ([keras.Variable(start) for start in starts] for _ in range(2))
adam, reference = Adam(ours, 0.01), keras.optimizers.Adam(0.01)
for step in range(5):
    slopes = [keras.ops.convert_to_tensor(draw.normal(size=start.shape).astype("float32")) for start in starts]
    adam.apply(slopes)
    reference.apply(slopes, theirs)
told["distance"] = max(float(np.abs(np.array(a) - np.array(b)).max()) for a, b in zip(ours, theirs))
told["moved"] = float(np.abs(np.array(ours[0]) - starts[0]).max())
"""

TIME_LEFT = """
from workbench.engine.keras.telling import Sums, Teller

class Silent:
    def emit(self, event): pass
    def metrics(self, step, values, epoch): pass

teller = Teller(Silent(), [4, 2], 4, [1.0, 3.0])
seen = Sums(loss=1.0, weight=1.0, right=1, judged=1)
told["left"] = [teller.left(0), teller.left(5)]
for step, stage, seconds in ((1, 0, 2.0), (2, 0, 1.0), (5, 1, 10.0)):
    teller.step(step, stage, seen, seconds)
    told["left"].append(teller.left(step))
"""

VIEWS = """
import numpy as np
import tensorflow as tf
from workbench.engine.keras.augmentation import Augmentation

images = tf.constant(np.random.default_rng(0).uniform(0, 255, (16, 32, 32, 3)).astype("float32"))

def altered(number, images=images, **more):
    how = {"shear": 0.2, "zoom": 0.2, "flip": True, "seed": 7, **more}
    return Augmentation(**how)(images, tf.constant(number)).numpy()

told["same"] = bool((altered(3) == altered(3)).all())
told["other number"] = bool((altered(3) == altered(4)).all())
told["other seed"] = bool((altered(3) == altered(3, seed=8)).all())
told["range"] = [float(altered(3).min()), float(altered(3).max())]
told["nothing to do"] = float(np.abs(altered(3, shear=0, zoom=0, flip=False) - images).max())
only = altered(3, shear=0, zoom=0)
mirrored = [bool(np.allclose(one, image[:, ::-1], atol=1e-2)) for one, image in zip(only, images.numpy())]
as_is = [bool(np.allclose(one, image, atol=1e-2)) for one, image in zip(only, images.numpy())]
told["mirrored"] = [sum(mirrored), sum(as_is)]

# a column of light in the middle: what slants leaves its middle where it is, what zooms about the middle, too
column = np.zeros((64, 33, 33, 3), "float32")
column[:, :, 16] = 255
slanted = altered(0, tf.constant(column), zoom=0, flip=False)
told["middle"] = float(slanted[:, 16, 16].min())
places = slanted[..., 0].argmax(-1) - 16
told["ends"] = [int(np.abs(places[:, 0] + places[:, -1]).max()), int(np.abs(places[:, 0]).max())]
told["kinds"] = len({tuple(row) for row in places.tolist()})

square = np.zeros((64, 33, 33, 3), "float32")
square[:, 8:25, 8:25] = 255
grown = altered(0, tf.constant(square), shear=0, flip=False)[..., 0] > 127
sizes = np.stack([grown.any(1).sum(-1), grown.any(2).sum(-1)], -1)
told["sizes"] = [int(sizes.min()), int(sizes.max()), float(np.corrcoef(sizes.T)[0, 1])]
"""

FEATURES = """
import numpy as np
from pathlib import Path
from tests.engine.keras import small
from workbench.engine.keras import features
from workbench.engine.keras.augmentation import Augmentation
from workbench.engine.keras.images import Images, read
from workbench.engine.keras.network import Network
from workbench.tasks.keras_image_classification import Options
import keras

folder = Path(sys.argv[1])
project = small.make_project(folder)
dataset = project.dataset("colours")
rows = dataset.rows()
small.damage(dataset, rows[5])
images = Images.of(dataset, rows, sorted(small.COLOURS))
network = Network(keras.saving.load_model(folder / "base.keras"), 3, Options(seed=1))
alter, trunk = Augmentation(0.2, 0.2, True, 1), features.Trunk(network.trunk)
done = []
found = features.compute(trunk, images, folder / "whole", done.append, alter, 3)
told["done"] = done
told["shape"] = found.values.shape
told["left out"] = sorted(set(range(len(rows))) - set(found.rows.tolist()))
plain = np.stack([read(images.paths[row], 32) for row in found.rows]).astype("float32")
told["plain"] = float(np.abs(network.trunk(plain).numpy() - found.values[found.rows, 0]).max())
told["altered"] = float(np.abs(found.values[found.rows, 1] - found.values[found.rows, 2]).mean())

class Enough(Exception):
    pass

def stop(done):
    raise Enough

try:
    features.compute(trunk, images, folder / "halved", stop, alter, 3)
except Enough:
    pass
told["half"] = (folder / "halved").stat().st_size / (folder / "whole").stat().st_size
with (folder / "halved").open("ab") as file:
    file.write(b"half a record")
told["rest"] = []
again = features.compute(trunk, images, folder / "halved", told["rest"].append, alter, 3)
told["the same"] = bool(np.array_equal(again.values, found.values, equal_nan=True))
features.HALVED = 1000
halved = features.compute(trunk, images, folder / "small", lambda done: None, alter, 3)
told["half precision"] = [
    str(halved.values.dtype), float(np.abs(halved.values[halved.rows] - found.values[found.rows]).max())
]
"""

GRAD_CAM = """
import numpy as np
import keras
from pathlib import Path
from PIL import Image
from tests.engine.keras import small
from workbench.engine.keras.gradcam import GradCam, overlay
from workbench.engine.keras.network import Network
from workbench.tasks.keras_image_classification import Options

base = keras.saving.load_model(small.write_base(Path(sys.argv[1]) / "base.keras"))
network = Network(base, 3, Options(head="global pooling", dense_units=0, dropout=0.0))
images = np.random.default_rng(0).uniform(0, 255, (5, 32, 32, 3)).astype("float32")
kept = Path(sys.argv[1]) / "kept.keras"
network.whole.save(kept)
looked = GradCam(keras.saving.load_model(kept), "second")  # as it comes from a run's result
maps = keras.Model(base.input, base.get_layer("second").output)(images).numpy()
kernel = network.head.get_layer("head_logits").get_weights()[0]
classes = np.array([0, 1, 2, 0, 1], "int32")
heat, shares = looked(images, classes)
told["shape"] = heat.shape
told["range"] = [float(heat.min()), float(heat.max())]
by_hand = np.maximum(np.einsum("nhwk,kn->nhw", maps, kernel[:, classes]), 0)
told["by hand"] = float(np.abs(heat - by_hand / by_hand.max((1, 2), keepdims=True)).max())
told["shares"] = float(np.abs(shares - network.whole(images).numpy()).max())
likeliest = looked(images)[0]
told["likeliest"] = float(np.abs(likeliest - looked(images, shares.argmax(-1).astype("int32"))[0]).max())
told["sizes"] = {}
for size in ((8, 8), (40, 10), (640, 480), (4000, 10)):
    image = Image.new("RGB", size, (9, 9, 9))
    told["sizes"][f"{size}"] = overlay(image, heat[0]).size
plain = overlay(Image.new("RGB", (300, 200), (9, 9, 9)), np.zeros((4, 4), "float32"))
told["nothing"] = plain.getcolors()
glowing = np.asarray(overlay(Image.new("RGB", (400, 400), (9, 9, 9)), np.eye(4, dtype="float32")))
told["brighter"] = [int(glowing[50, 50].sum()), int(glowing[50, 350].sum())]
"""

FOLDED = """
import numpy as np
import keras
from keras import layers
from workbench.engine.keras.folding import folded

keras.utils.set_random_seed(0)
inputs = x = keras.Input((16, 16, 3))
x = layers.BatchNormalization(name="first")(x)  # nothing before it
x = layers.Conv2D(4, 3, use_bias=False, name="plain")(x)
x = layers.BatchNormalization(name="after-plain")(x)
x = before = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="deep")(x)
x = layers.BatchNormalization(name="after-deep", scale=False)(x)
x = layers.Conv2D(8, 3, padding="same", groups=2, activation="relu", name="bent")(x)
x = layers.BatchNormalization(name="after-bent")(x)  # the ReLU is between
x = layers.Conv2D(8, 1, name="twice")(x)
x = layers.Add()([layers.BatchNormalization(name="after-twice", center=False)(x), x, before])
model = keras.Model(inputs, x)
draw = np.random.default_rng(0)
for layer in model.layers:
    layer.set_weights([draw.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
images = draw.normal(size=(4, 16, 16, 3)).astype("float32")
found = model(images, training=False).numpy()
copy = folded(model)
told["norms"] = [layer.name for layer in copy.layers if isinstance(layer, layers.BatchNormalization)]
told["distance"] = float(np.abs(copy(images).numpy() - found).max() / np.abs(found).max())
told["as it was"] = bool(np.array_equal(model(images, training=False).numpy(), found))
"""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each piece of code tells; one process does them all."""
    pieces = {
        "ADAM": ADAM,
        "TIME_LEFT": TIME_LEFT,
        "VIEWS": VIEWS,
        "FEATURES": FEATURES,
        "GRAD_CAM": GRAD_CAM,
        "FOLDED": FOLDED,
    }
    code = [f"told = whole[{name!r}] = {{}}\n{piece}" for name, piece in pieces.items()]
    folder = tmp_path_factory.mktemp("parts")
    return child.run("\n".join(["whole = told", *code, "told = whole"]), folder)  # type: ignore[no-any-return]


def test_adam_is_that_of_keras(parts: dict[str, Any]) -> None:
    told = parts["ADAM"]
    assert told["moved"] > 0.02
    assert told["distance"] < 1e-6


def test_the_time_left_is_that_of_the_steps_to_come_at_their_pace(parts: dict[str, Any]) -> None:
    """Four steps of guessed 1 s and two of 3 s; the first is measured as 2 s, the next weighs a tenth."""
    assert parts["TIME_LEFT"]["left"] == pytest.approx([10.0, 3.0, 3 * 2 + 6, 2 * 1.9 + 6, 10.0])


def test_views_are_altered_by_chance_and_the_same_chance_every_time(parts: dict[str, Any]) -> None:
    told = parts["VIEWS"]
    assert (told["same"], told["other number"], told["other seed"]) == (True, False, False)
    assert 0 <= told["range"][0] < told["range"][1] <= 255
    assert told["nothing to do"] < 1e-2
    mirrored, as_is = told["mirrored"]
    assert mirrored + as_is == 16 and mirrored > 2 and as_is > 2
    assert told["middle"] == pytest.approx(255, abs=1)
    assert told["ends"][0] <= 1  # as far to the left above as to the right below
    assert 2 <= told["ends"][1] <= 4  # at most 0.2 * 16 = 3.2 pixels
    assert told["kinds"] > 10
    low, high, together = told["sizes"]
    assert 13 <= low < 17 < high <= 22  # 17 pixels at zooms from 0.8 to 1.2
    assert abs(together) < 0.5  # width and height each by itself


def test_features_are_those_of_the_base_and_a_half_done_file_is_taken_up(parts: dict[str, Any]) -> None:
    told = parts["FEATURES"]
    assert told["done"] == [32, 36]
    assert told["shape"] == [36, 3, 8 * 8 * 6]
    assert told["left out"] == [5]
    assert told["plain"] < 1e-5
    assert told["altered"] > 1e-3
    assert told["half"] == 32 / 36
    assert told["rest"] == [36]
    assert told["the same"] is True
    kind, distance = told["half precision"]
    assert kind == "float16" and 0 < distance < 1e-2


def test_grad_cam_of_a_linear_head_is_reckoned_by_hand(parts: dict[str, Any]) -> None:
    """With a linear layer on pooled maps, equation 1 gives its weights, but for a factor (section 3.1, CAM)."""
    told = parts["GRAD_CAM"]
    assert told["shape"] == [5, 8, 8]
    assert told["range"] == [0.0, 1.0]
    assert told["by hand"] < 1e-4
    assert told["shares"] < 1e-5
    assert told["likeliest"] == 0.0
    assert told["sizes"] == {
        "(8, 8)": [224, 224],
        "(40, 10)": [224, 56],
        "(640, 480)": [640, 480],
        "(4000, 10)": [1024, 3],
    }
    assert told["nothing"] == [[60000, [9, 9, 9]]]
    bright, dark = told["brighter"]
    assert dark == 27 and bright > 300


def test_folded_normalisations_change_nothing(parts: dict[str, Any]) -> None:
    told = parts["FOLDED"]
    assert told["norms"] == ["first", "after-deep", "after-bent", "after-twice"]
    assert told["distance"] < 1e-5
    assert told["as it was"] is True
