import hashlib
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from workbench.core import starters
from workbench.core.datasets import importer
from workbench.core.datasets.albums import is_image_archive, places
from workbench.core.datasets.images import BadImage, inspect, load_image
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.readers import Source, folder
from workbench.core.errors import UserError
from workbench.core.project import Project


def picture(colour: int, format: str = "PNG", size: tuple[int, int] = (6, 4), mode: str = "L", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour if mode in ("L", "I;16", "F") else (colour, colour // 2, 0)).save(
        out, format, **options
    )
    return out.getvalue()


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def bring(project: Project, path: Path, **options: Any) -> tuple[list[Row], dict[str, str]]:
    """Import images; return the rows, and the reason for each rejected row by its text."""
    dataset = importer.import_file(project, path, kind="image-folder", **options)
    return dataset.page(0, 1000), {rejected.raw: rejected.reason for rejected in dataset.rejected()}


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header claims any size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_a_folder_of_folders_gives_images_with_classes_and_leaves_the_files_alone(
    project: Project, tmp_path: Path
) -> None:
    source = tmp_path / "pets"
    files = {
        f"{label}/{number}.png": picture(40 * number + 7 * len(label))
        for label in ("cat", "horse")
        for number in range(3)
    }
    for name, content in files.items():
        put(source, name, content)
    rows, rejected = bring(project, source)
    assert not rejected
    assert [row["label"] for row in rows] == ["cat"] * 3 + ["horse"] * 3
    assert {(row["width"], row["height"]) for row in rows} == {(6, 4)}
    folder = project.dataset("pets").path
    copied = [(folder / row["image"]).read_bytes() for row in rows]
    assert copied == [files[name] for name in sorted(files)]
    assert {path.relative_to(source).as_posix(): path.read_bytes() for path in source.rglob("*.png")} == files
    assert project.dataset("pets").info.mapping == {"image": "image", "label": "label"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["b/2.png", "b/10.png", "a/1.png"], [("a/1.png", "a", ""), ("b/10.png", "b", ""), ("b/2.png", "b", "")]),
        (["pets/cat/1.png", "pets/dog/1.png"], [("pets/cat/1.png", "cat", ""), ("pets/dog/1.png", "dog", "")]),
        (["cat/1.png", "cat/2.png"], [("cat/1.png", "cat", ""), ("cat/2.png", "cat", "")]),
        (["cat/old/1.png", "dog/1.png"], [("cat/old/1.png", "cat", ""), ("dog/1.png", "dog", "")]),
        (
            ["train/cat/1.png", "val/cat/2.png"],
            [("train/cat/1.png", "cat", "train"), ("val/cat/2.png", "cat", "validation")],
        ),
        (
            ["x/Test/cat/1.png", "x/Train/cat/2.png"],
            [("x/Test/cat/1.png", "cat", "test"), ("x/Train/cat/2.png", "cat", "train")],
        ),
        (["train/cat/1.png"], [("train/cat/1.png", "cat", "train")]),
        (["test/1.png", "train/cat/2.png"], [("test/1.png", "", "test"), ("train/cat/2.png", "cat", "train")]),
        (["test/1.png", "cat/2.png"], [("cat/2.png", "cat", ""), ("test/1.png", "test", "")]),
        (["1.png", "2.png"], [("1.png", "", ""), ("2.png", "", "")]),
    ],
)
def test_the_place_of_an_image_says_its_class_and_part(names: list[str], expected: list[tuple[str, str, str]]) -> None:
    assert [(place.name, place.label, place.part) for place in places(names)] == expected


def test_most_files_decide_whether_it_is_about_images() -> None:
    assert is_image_archive(["a/1.png", "a/2.JPG", "README.md", "a/.DS_Store", "__MACOSX/a/._1.png"])
    assert not is_image_archive(["train.csv", "logo.png"])
    assert not is_image_archive([])


def test_parts_of_the_folder_are_kept(project: Project, tmp_path: Path) -> None:
    for number, part in enumerate(["train"] * 8 + ["valid"] * 2 + ["test"] * 3):
        put(tmp_path / "pets", f"{part}/{'cat' if number % 2 else 'dog'}/{number}.png", picture(number * 10))
    rows, _ = bring(project, tmp_path / "pets")
    dataset = project.dataset("pets")
    assert dataset.info.splits == {"train": 8, "validation": 2, "test": 3}
    assert {row["label"] for row in rows} == {"cat", "dog"}
    assert len(dataset.rows("test")) == 3


def test_equal_images_lie_there_once_and_are_never_separated(project: Project, tmp_path: Path) -> None:
    for number in range(20):
        for copy in range(2):
            put(tmp_path / "pets", f"{number % 2}/{number}-{copy}.png", picture(number * 10))
    rows, _ = bring(project, tmp_path / "pets", split=0.3)
    assert len(rows) == 40
    assert len({row["image"] for row in rows}) == 20
    assert len(list((project.dataset("pets").path / "images").rglob("*.png"))) == 20
    held_out = {row["image"] for row in rows if row["split"] == "validation"}
    assert len(held_out) == 6
    assert not held_out & {row["image"] for row in rows if row["split"] == "train"}


def test_the_hash_follows_the_images_not_their_names(project: Project, tmp_path: Path) -> None:
    for number in range(6):
        put(tmp_path / "one", f"a/{number}.png", picture(number))
        put(tmp_path / "two", f"a/image-{number}.png", picture(number))
        put(tmp_path / "three", f"a/{number}.png", picture(number + (number == 3)))
    for name in ("one", "two", "three"):
        bring(project, tmp_path / name)
    one, two, three = (project.dataset(name).info.hash for name in ("one", "two", "three"))
    assert one == two != three


@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
def test_a_table_of_paths_and_labels_is_read_beside_its_images(project: Project, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "pets"
    rows = [(f"images/{number}.jpg", "cat" if number % 2 else "dog") for number in range(4)]
    for number, (path, _) in enumerate(rows):
        put(folder, path, picture(number * 50, "JPEG"))
    if name.endswith("csv"):
        put(folder, name, ("path,label\n" + "".join(f"{path},{label}\n" for path, label in rows)).encode())
    else:
        put(folder, name, "".join(f'{{"path": "{path}", "label": "{label}"}}\n' for path, label in rows).encode())
    table, _ = bring(project, folder / name, name="table")
    whole, _ = bring(project, folder, name="whole")
    assert [row["label"] for row in table] == [label for _, label in rows]
    assert [row["label"] for row in whole] == [label for _, label in rows]
    assert project.dataset("table").info.hash == project.dataset("whole").info.hash
    assert importer.look(folder / name).kind == "image-folder"


def test_a_table_in_each_part_of_a_folder_gives_parts(project: Project, tmp_path: Path) -> None:
    for number, part in enumerate(["train", "train", "train", "validation", "test"]):
        put(tmp_path / "pets", f"{part}/{number}.png", picture(number * 40))
    for part, numbers in {"train": [0, 1, 2], "validation": [3], "test": [4]}.items():
        lines = "".join(f"{number}.png,{number % 2}\n" for number in numbers)
        put(tmp_path / "pets", f"{part}/metadata.csv", f"file_name,label\n{lines}".encode())
    rows, rejected = bring(project, tmp_path / "pets")
    assert not rejected
    assert sorted((row["split"], row["label"]) for row in rows) == sorted(
        [("train", "0"), ("train", "1"), ("train", "0"), ("validation", "1"), ("test", "0")]
    )


def test_paths_that_lead_out_of_the_folder_are_refused_row_by_row(project: Project, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.png", picture(200))
    folder = tmp_path / "pets"
    put(folder, "good.png", picture(1))
    (folder / "link.png").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path)
    lines = [
        "good.png",
        "../secret.png",
        str(secret),
        "link.png",
        "linked/secret.png",
        "C:\\secret.png",
        "a\\..\\..\\secret.png",
        "none.png",
    ]
    put(folder, "labels.csv", ("path,label\n" + "".join(f"{line},cat\n" for line in lines)).encode())
    rows, rejected = bring(project, folder / "labels.csv")
    assert len(rows) == 1
    reasons = {raw.removesuffix(",cat"): reason for raw, reason in rejected.items()}
    out = "The path of the image leads out of the folder that its table is in."
    link = "The image is a link; links are not followed."
    assert reasons == {
        "../secret.png": out,
        str(secret): out,
        "C:\\secret.png": out,
        "a\\..\\..\\secret.png": out,
        "link.png": link,
        "linked/secret.png": link,
        "none.png": "There is no image of this name.",
    }
    assert len([path for path in project.path.rglob("*") if path.suffix == ".png"]) == 1


def test_links_in_a_folder_are_not_followed(project: Project, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "secret.png", picture(200))
    put(tmp_path / "pets", "cat/1.png", picture(1))
    (tmp_path / "pets" / "cat" / "2.png").symlink_to(tmp_path / "elsewhere" / "secret.png")
    (tmp_path / "pets" / "dog").symlink_to(tmp_path / "elsewhere")
    rows, rejected = bring(project, tmp_path / "pets")
    assert len(rows) == 1
    assert rejected == {
        "cat/2.png": "The image is a link; links are not followed.",
        "dog/": "The image is a link; links are not followed.",
    }


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


noise = bytes(range(256)) * 200


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.png", b"", "empty"),
        ("a.png", b"this is a text", "not an image that can be read"),
        ("a.jpg", b"%PDF-1.4" + noise, "not an image that can be read"),
        ("a.png", cut(picture(3, size=(300, 300))), "cut off or damaged"),
        ("a.jpg", cut(picture(3, "JPEG", size=(300, 300))), "cut off or damaged"),
        ("a.gif", cut(picture(3, "GIF", size=(300, 300))), "cut off or damaged"),
        ("a.webp", cut(picture(3, "WEBP", size=(300, 300))), "cut off or damaged|not an image"),
        ("a.bmp", cut(picture(3, "BMP", size=(300, 300))), "cut off or damaged"),
        ("a.tif", picture(3, "TIFF", size=(300, 300))[:200], "cut off or damaged|not an image"),
        ("a.tif", picture(3, "TIFF", mode="F"), "stores its colours"),
        ("a.png", bomb(100_000, 100_000), "more than 64 million pixels"),
        ("a.png", bomb(9_000, 9_000), "more than 64 million pixels"),
        ("a.png", bomb(2_000, 2_000), "cut off or damaged"),
        ("a.heic", b"anything", "Save them as PNG or JPEG"),
    ],
)
def test_an_image_that_is_no_good_is_left_out_with_a_reason(
    project: Project, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    put(tmp_path / "pets", "cat/good.png", picture(1))
    put(tmp_path / "pets", f"cat/{name}", content)
    rows, rejected = bring(project, tmp_path / "pets")
    assert len(rows) == 1
    assert list(rejected) == [f"cat/{name}"]
    assert any(words in rejected[f"cat/{name}"] for words in reason.split("|"))


def test_an_image_that_lies_about_its_size_takes_no_memory(tmp_path: Path) -> None:
    path = put(tmp_path, "bomb.png", bomb(100_000, 100_000))
    program = (
        "import resource, sys, pathlib\n"
        "from workbench.core.datasets.images import BadImage, inspect\n"
        "inspect(pathlib.Path(sys.argv[2]).read_bytes())\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    inspect(pathlib.Path(sys.argv[1]).read_bytes())\nexcept BadImage: print('refused')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    good = put(tmp_path, "good.png", picture(1))
    done = subprocess.run([sys.executable, "-c", program, path, good], capture_output=True, text=True, check=True)
    refused, more = done.stdout.split()
    assert refused == "refused"
    assert int(more) < 20_000
    assert not done.stderr


def test_a_folder_without_classes_says_what_is_needed(project: Project, tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path / "pets", f"{number}.png", picture(number))
    with pytest.raises(UserError, match="Put the images of each class into a folder"):
        bring(project, tmp_path / "pets")
    assert not project.datasets()
    assert not list(project.data.glob(".staging-*"))


def test_a_folder_without_images_is_refused(project: Project, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(UserError):
        bring(project, tmp_path / "nothing")


def test_an_import_of_images_can_be_cancelled(project: Project, tmp_path: Path) -> None:
    for number in range(60):
        put(tmp_path / "pets", f"cat/{number}.png", picture(number))
    shares: list[float] = []
    with pytest.raises(UserError, match="cancelled"):
        bring(project, tmp_path / "pets", progress=shares.append, cancelled=lambda: len(shares) > 1)
    assert 0 < shares[-1] < 1
    assert not list(project.data.iterdir())


def test_the_first_look_at_a_folder_proposes_images(tmp_path: Path) -> None:
    for number in range(300):
        put(tmp_path / "pets", f"{number % 3}/{number}.png", b"is not opened yet")
    seen = importer.look(tmp_path / "pets")
    assert (seen.kind, seen.mapping, seen.format) == ("image-folder", {"image": "image", "label": "label"}, "folder")
    assert len(seen.records) == 200


@pytest.mark.parametrize(
    ("content", "size", "pixel"),
    [
        (lambda: picture(100), (6, 4), (100, 100, 100)),
        (lambda: picture(40_000, mode="I;16"), (6, 4), (156, 156, 156)),
        (lambda: picture(100, mode="RGB"), (6, 4), (100, 50, 0)),
        (
            lambda: picture(100, "GIF", save_all=True, append_images=[Image.new("L", (6, 4), 5)]),
            (6, 4),
            (100, 100, 100),
        ),
    ],
)
def test_tasks_see_images_in_rgb(
    tmp_path: Path, content: Callable[[], bytes], size: tuple[int, int], pixel: tuple[int, int, int]
) -> None:
    image = load_image(put(tmp_path, "image", content()))
    assert (image.mode, image.size, image.getpixel((2, 2))) == ("RGB", size, pixel)


def test_tasks_see_images_upright(tmp_path: Path) -> None:
    image = Image.new("L", (6, 4), 0)
    image.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    image.save(tmp_path / "turned.png", exif=exif)
    facts = inspect((tmp_path / "turned.png").read_bytes())
    assert (facts.width, facts.height) == (4, 6)
    seen = load_image(tmp_path / "turned.png")
    assert seen.size == (4, 6)
    assert seen.getpixel((3, 0)) == (255, 255, 255)


def test_an_image_damaged_after_the_import_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="cut off"):
        load_image(put(tmp_path, "image.png", cut(picture(3, size=(300, 300)))))


def test_the_kept_name_is_the_hash_of_the_content(project: Project, tmp_path: Path) -> None:
    content = picture(9, "JPEG")
    put(tmp_path / "pets", "cat/really a photo.PNG", content)
    rows, _ = bring(project, tmp_path / "pets")
    digest = hashlib.sha256(content).hexdigest()[:32]
    assert rows[0]["image"] == f"images/{digest[:2]}/{digest}.jpg"
    assert rows[0]["file"] == "cat/really a photo.PNG"


def test_a_folder_of_images_says_what_is_in_it(tmp_path: Path) -> None:
    for name in ("train/cat/1.png", "train/dog/2.jpg", "test/cat/3.png", "4.png", "notes.pdf", ".DS_Store"):
        put(tmp_path / "pets", name, b"")
    source = Source.of(tmp_path / "pets")
    assert folder.remarks(source) == [
        "4 images in 2 classes.",
        "Passed over, because they are no images (1): notes.pdf",
    ]


def test_the_starter_digits_are_imported_whole(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    digits = starters.get("digits")
    importer.import_file(project, digits, kind=starters.data_kind("digits"))
    info = project.dataset("digits").info
    assert (info.rows, info.rejected, info.splits) == (1797, 0, {"train": 1617, "validation": 180})
    held_out = [row["label"] for row in project.dataset("digits").rows("validation")]
    assert sorted(set(held_out)) == [str(digit) for digit in range(10)]
    assert min(map(held_out.count, set(held_out))) >= 17
