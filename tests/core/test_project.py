import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.spec import RunSpec


def spec(task: str = "ppo", name: str = "n") -> RunSpec:
    return RunSpec(task=task, name=name, model="m", model_path="/m", data="d", data_path="data/d")


def test_a_new_project_opens_again(tmp_path: Path) -> None:
    made = Project.create(tmp_path / "deep" / "日本")
    opened = Project.open(tmp_path / "deep" / "日本")
    assert opened.path == made.path
    assert opened.runs() == [] and opened.datasets() == []


def test_an_empty_folder_will_do_and_a_full_one_will_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    Project.create(tmp_path / "empty")
    with pytest.raises(UserError, match="already a project"):
        Project.create(tmp_path / "empty")
    with pytest.raises(UserError, match="is not empty"):
        Project.create(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is not empty"):
        Project.create(tmp_path / "file")
    with pytest.raises(UserError, match="not writable"):
        Project.create(tmp_path / "file" / "below")


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no project in"):
        Project.open(tmp_path)
    info = Project.create(tmp_path / "p").path / "project.json"
    good = json.loads(info.read_text())
    info.write_text(json.dumps({**good, "version": 99}))
    with pytest.raises(UserError, match="newer version"):
        Project.open(tmp_path / "p")
    info.write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        Project.open(tmp_path / "p")


def test_runs_are_numbered_and_found_by_id_and_by_name(project: Project) -> None:
    first, second = project.new_run(spec(name="tuned")), project.new_run(spec("reward-model", "tuned"))
    assert [run.id for run in project.runs()] == [first.id, second.id] == ["001-ppo", "002-reward-model"]
    assert project.run("001-ppo").path == first.path
    assert project.run("tuned").path == second.path, "the newest of that name"
    with pytest.raises(UserError, match=r"no run “x”; there are: 001-ppo, 002-reward-model"):
        project.run("x")


def test_what_a_crash_or_a_person_left_among_the_runs_harms_nothing(project: Project) -> None:
    kept = project.new_run(spec(name="kept"))
    (project.runs_folder / "002-ppo").mkdir()
    assert project.new_run(spec()).id == "003-ppo"
    (project.runs_folder / "my copy").mkdir()
    (project.runs_folder / "my copy" / "spec.json").write_bytes((kept.path / "spec.json").read_bytes())
    damaged = project.new_run(spec())
    (damaged.path / "spec.json").write_text("{")
    assert project.run(kept.id).spec().name == "kept"
    with pytest.raises(UserError, match="cannot be read"):
        project.run(damaged.id).spec()


def test_two_processes_never_get_the_same_run(project: Project) -> None:
    program = (
        "import sys; from pathlib import Path; from workbench.core.project import Project\n"
        "from workbench.core.spec import RunSpec\n"
        "spec = RunSpec(task='ppo', name=sys.argv[2], model='m', model_path='m', data='d', data_path='d')\n"
        "project = Project.open(Path(sys.argv[1])); print('ready', flush=True); sys.stdin.readline()\n"
        "print(*(project.new_run(spec).id for _ in range(25)))"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(project.path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    ids = [run for child in children for run in child.communicate()[0].split()]
    assert len(ids) == len(set(ids)) == len(project.runs()) == 50
    assert all(project.run(run).spec().name == ("one" if run in ids[:25] else "two") for run in ids)


def test_a_removed_data_set_comes_back(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p")
    for text in ("first", "second"):
        write_dataset(project.data / "my set", "my set", "text", [{"text": text}], split=0)
        project.remove_dataset("my set")
        assert project.datasets() == []
    assert project.restore_dataset("my set").rows() == [{"text": "second"}]
    with pytest.raises(UserError, match="already a data set “my set”"):
        project.restore_dataset("my set")
    project.remove_dataset("my set")
    assert [folder.name for folder in sorted(project.trash.iterdir())] == ["0001 my set", "0002 my set"]
    with pytest.raises(UserError, match="no data set “my set”"):
        project.remove_dataset("my set")
    with pytest.raises(UserError, match="has been removed"):
        project.restore_dataset("set")
