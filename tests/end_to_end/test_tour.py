import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
STEPS = (
    "wizard-goal",
    "train-live",
    "images-looked-at",
    "texts-report",
    "rank-placed",
    "reward-finished",
    "ppo-finished",
    "export-checked",
    "rank-japanese",
)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs Xvfb (Debian package xvfb)")
def test_the_whole_job_in_a_real_window(tmp_path: Path) -> None:
    """From the wizard to an exported adapter, on a virtual screen."""
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24"]
    folders = ["--to", str(tmp_path / "pictures"), "--project", str(tmp_path / "project")]
    done = subprocess.run(
        [*screen, sys.executable, "-m", "tests.end_to_end.tour", *folders],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pictures = {path.stem.split("-", 1)[1]: path for path in (tmp_path / "pictures").glob("*.png")}
    assert set(STEPS) <= set(pictures)
    for path in pictures.values():
        with Image.open(path) as picture:
            assert picture.size == (1366, 768)
            colours = picture.convert("RGB").getcolors(1366 * 768)
            assert colours is not None and len(colours) > 50, f"{path.name} is blank"
