"""What is exported of a Keras run, loaded again."""

from pathlib import Path

from tests.engine.keras import child

EXPORTS = """
import contextlib
import io
import numpy as np
import json
from pathlib import Path
from tests.engine.keras import small
from workbench.core.errors import RunFailed, UserError
from workbench.engine.keras import export as exports
from workbench.engine.keras.judging import load

folder = Path(sys.argv[1])
project = small.make_project(folder)
run = small.train(project)
image = str(next((folder / "colours" / "red").glob("*.png")))
for form in ("keras", "savedmodel", "tflite"):
    said = []
    done = exports.export(project, run.id, form, folder / "out" / form, said.append)
    files = sorted(path.name for path in done.path.iterdir())
    card = (done.path / "README.md").read_text("utf-8")
    told[form] = [done.max_difference, files, len(said), "library_name" in card, "blue, green, red" in card]
    code = card.partition("```python")[2].partition("```")[0].replace("FOLDER", str(done.path)).replace("IMAGE", image)
    words = io.StringIO()
    with contextlib.redirect_stdout(words):
        exec(code, {})
    told[f"{form} says"] = words.getvalue().strip()
told["labels"] = (folder / "out" / "keras" / "labels.txt").read_text().split()
try:
    exports.export(project, run.id, "keras", folder / "out" / "keras", print)
except UserError as error:
    told["taken"] = error.sentence

def other(network, file, target):
    wrong = load(run)
    last = wrong.get_layer("head_logits")
    last.set_weights([np.roll(weight, 1, -1) for weight in last.get_weights()])
    wrong.save(target / "model.keras")

exports.WRITERS["keras"] = other
try:
    exports.export(project, run.id, "keras", folder / "out" / "wrong", lambda text: None)
except RunFailed as error:
    told["wrong"] = error.reason
told["left"] = sorted(path.name for path in (folder / "out").iterdir())
"""


def test_exports_answer_as_the_live_network_and_a_wrong_one_is_not_kept(tmp_path: Path) -> None:
    told = child.run(EXPORTS, tmp_path)
    common = ["README.md", "labels.txt"]
    assert told["keras"] == [0.0, [*common, "model.keras"], 2, True, True]
    for form, files in (
        ("savedmodel", ["assets", "fingerprint.pb", "saved_model.pb", "variables"]),
        ("tflite", ["model.tflite"]),
    ):
        difference, *rest = told[form]
        assert difference < 1e-4
        assert rest == [sorted([*common, *files]), 2, True, True]
    assert told["labels"] == ["blue", "green", "red"]
    assert told["taken"].endswith("is not empty. Choose a new or an empty folder.")
    assert told["wrong"].startswith("The exported model does not answer like the live one (by ")
    assert told["left"] == ["keras", "savedmodel", "tflite"]
    assert [told[f"{form} says"] for form in ("keras", "savedmodel", "tflite")] == ["red"] * 3
