import json
from pathlib import Path

import pytest

from workbench.cli import main


def test_mappings_are_listed_and_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project, source = str(tmp_path / "p"), tmp_path / "pairs.csv"
    source.write_text("q,good,bad\nWhy?,So.,No.\n")
    assert main(["project", "new", project]) == 0
    assert main(["data", "presets", project]) == 0
    assert "No mapping is kept yet" in capsys.readouterr().out
    columns = [item for pair in ("prompt=q", "chosen=good", "rejected=bad") for item in ("--map", pair)]
    assert main(["data", "import", project, str(source), "--kind", "ranking", *columns]) == 0
    source.rename(tmp_path / "more.csv")
    capsys.readouterr()
    assert main(["data", "import", project, str(tmp_path / "more.csv"), "--json"]) == 0
    imported = json.loads(capsys.readouterr().out)
    assert (imported["kind"], imported["rows"]) == ("ranking", 1)
    assert imported["remarks"] == ["The columns are taken as they were for pairs.csv."]
    assert main(["data", "presets", project, "--json"]) == 0
    (kept,) = json.loads(capsys.readouterr().out)
    assert (kept["number"], kept["source"], kept["columns"]) == (1, "more.csv", ["bad", "good", "q"])
    assert main(["data", "presets", project, "--forget", "2"]) == 2
    assert "no mapping number 2; there are 1" in capsys.readouterr().err
    assert main(["data", "presets", project, "--forget", "1"]) == 0
    assert "made for more.csv is deleted" in capsys.readouterr().out
    assert main(["data", "presets", project, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
