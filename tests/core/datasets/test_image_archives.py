import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from workbench.core.datasets import importer
from workbench.core.datasets.kinds import Row
from workbench.core.errors import UserError
from workbench.core.project import Project


def picture(grey: int, size: tuple[int, int] = (6, 4)) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, grey).save(out, "PNG")
    return out.getvalue()


def packed(path: Path, files: dict[str, bytes], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def bring(project: Project, path: Path, **options: Any) -> tuple[list[Row], dict[str, str]]:
    dataset = importer.import_file(project, path, kind="image-folder", **options)
    return dataset.page(0, 1000), {rejected.raw: rejected.reason for rejected in dataset.rejected()}


def classes(count: int = 3) -> dict[str, bytes]:
    return {
        f"{label}/{number}.png": picture(40 * number + 7 * len(label))
        for label in ("cat", "horse")
        for number in range(count)
    }


def parts() -> dict[str, bytes]:
    return {
        f"pets/{part}/{label}/{part}.png": picture(len(part) * 9 + len(label))
        for part in ("train", "val", "test")
        for label in ("cat", "horse")
    }


def table() -> dict[str, bytes]:
    files = {f"images/{number}.png": picture(number * 60) for number in range(4)}
    rows = "".join(f"images/{number}.png,{'cat' if number % 2 else 'dog'}\n" for number in range(4))
    return {**files, "metadata.csv": f"file_name,label\n{rows}".encode(), "README.md": b"# Pets"}


@pytest.mark.parametrize("files", [classes(), parts(), table()], ids=["classes", "parts", "table"])
def test_a_zip_of_images_is_the_same_as_its_folder(project: Project, tmp_path: Path, files: dict[str, bytes]) -> None:
    archive = packed(tmp_path / "pets.zip", {**files, "__MACOSX/cat/._1.png": b"x", ".DS_Store": b"x"})
    assert importer.look(archive).kind == "image-folder"
    from_zip, out = bring(project, archive, name="zip")
    from_folder, _ = bring(project, unpacked(tmp_path / "pets", files), name="folder")
    assert not out
    assert from_zip == from_folder
    assert len(from_zip) == sum(name.endswith("png") for name in files)
    assert project.dataset("zip").info.hash == project.dataset("folder").info.hash
    assert project.dataset("zip").info.splits == project.dataset("folder").info.splits


def test_bad_members_are_left_out_one_by_one(project: Project, tmp_path: Path) -> None:
    files = {
        **classes(),
        "cat/cut.png": picture(3, (300, 300))[:100],
        "cat/text.png": b"a text",
        "cat/photo.heic": b"x",
    }
    archive = packed(tmp_path / "pets.zip", files)
    content = bytearray(archive.read_bytes())
    place = content.find(files["horse/2.png"])
    content[place + 20] ^= 0xFF  # its checksum is wrong now
    archive.write_bytes(content)
    rows, rejected = bring(project, archive)
    assert len(rows) == 5
    assert rejected == {
        "cat/cut.png": "The image is cut off or damaged.",
        "cat/text.png": "The file is not an image that can be read: PNG, JPEG, BMP, GIF, WebP or TIFF.",
        "horse/2.png": "The image cannot be taken out of the archive: it is damaged or locked there.",
        "cat/photo.heic": "Images of this format cannot be read. Save them as PNG or JPEG.",
    }


def test_a_table_in_a_zip_cannot_lead_out_of_it(project: Project, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(picture(1))
    rows = "a/1.png,cat\n../../secret.png,cat\n/etc/passwd,cat\nmissing.png,cat\n"
    files = {"x/a/1.png": picture(3), "x/a/2.png": picture(4), "x/metadata.csv": f"path,label\n{rows}".encode()}
    good, rejected = bring(project, packed(tmp_path / "pets.zip", files))
    assert [row["file"] for row in good] == ["x/a/1.png"]
    assert rejected == {
        "../../secret.png,cat": "The path of the image leads out of the folder that its table is in.",
        "/etc/passwd,cat": "The path of the image leads out of the folder that its table is in.",
        "missing.png,cat": "There is no image of this name.",
    }


def test_a_zip_that_names_files_outside_is_refused_and_nothing_is_written(project: Project, tmp_path: Path) -> None:
    archive = packed(tmp_path / "pets.zip", {**classes(), "../../cat/9.png": picture(9)})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match="not safe"):
        bring(project, archive)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_bomb_of_images_is_refused(project: Project, tmp_path: Path) -> None:
    files = {f"cat/{number}.bmp": bytes(20_000_000) for number in range(4)}
    archive = packed(tmp_path / "pets.zip", files, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(UserError, match="not safe"):
        bring(project, archive)


def parquet_of_images(labels: list[int]) -> bytes:
    rows = [
        {"image": {"bytes": picture(40 * number), "path": f"{number}.png"}, "label": label}
        for number, label in enumerate(labels)
    ]
    features = {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": ["cat", "dog"]},
    }
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    made = pyarrow.Table.from_pylist(rows).replace_schema_metadata(metadata)
    out = io.BytesIO()
    parquet.write_table(made, out)
    return out.getvalue()


def test_images_inside_parquet_files_are_taken_out(project: Project, tmp_path: Path) -> None:
    files = {"train/0000.parquet": parquet_of_images([0, 1, 1, 0]), "test/0000.parquet": parquet_of_images([1])}
    folder = unpacked(tmp_path / "pets", files)
    assert importer.look(folder).kind == "image-folder"
    rows, rejected = bring(project, folder, split=0)
    assert not rejected
    assert [(row["label"], row["split"]) for row in rows] == [
        ("cat", "train"),
        ("dog", "train"),
        ("dog", "train"),
        ("cat", "train"),
        ("dog", "test"),
    ]
    dataset = project.dataset("pets")
    assert [(dataset.path / row["image"]).read_bytes() for row in rows] == [picture(40 * n) for n in (0, 1, 2, 3, 0)]
    assert [row["file"] for row in rows[:2]] == ["train/0.png", "train/1.png"]


def test_images_without_a_path_inside_a_parquet_file(project: Project, tmp_path: Path) -> None:
    rows = [{"image": {"bytes": picture(n), "path": None}, "label": "ab"[n]} for n in range(2)]
    rows.append({"image": {"bytes": None, "path": None}, "label": "a"})
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "pets.parquet")
    good, rejected = bring(project, tmp_path / "pets.parquet")
    assert [row["label"] for row in good] == ["a", "b"]
    assert "file" not in good[0]
    assert list(rejected.values()) == ["The row names no image."]
