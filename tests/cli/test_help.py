import os
import subprocess
import sys

EVERY_HELP = """
import typer.main
from typer.testing import CliRunner
from workbench.cli import application

app = application()

def show(command, path):
    done = CliRunner().invoke(app, [*path, "--help"])
    assert done.exit_code == 0, done.output
    print("#", *path, done.output)
    for name, child in getattr(command, "commands", {}).items():
        show(child, [*path, name])

show(typer.main.get_command(app), [])
"""


def test_no_help_is_cut_in_japanese_on_a_terminal_of_80_columns() -> None:
    environment = os.environ | {"WORKBENCH_LANGUAGE": "ja", "COLUMNS": "80", "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", EVERY_HELP]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n#") > 12
    assert "データセットの名前" in done.stdout
    assert [line for line in done.stdout.splitlines() if "…" in line] == []
