"""The kind whose rows are images."""

from workbench.core.datasets.kinds.base import Kind, Role
from workbench.core.i18n import mark

IMAGE_FOLDER = Kind(
    name="image-folder",
    label=mark("Images with labels"),
    help=mark("Each row is an image and the class it belongs to: the folder that it lies in."),
    roles=(
        Role(
            name="image",
            label=mark("Image"),
            help=mark("The image itself."),
            type="image",
            columns=("image", "file_name", "path", "file", "filename", "image_path", "画像", "ファイル"),
        ),
        Role(
            name="label",
            label=mark("Label"),
            help=mark("The class of the image."),
            type="label",
            columns=("label", "class", "category", "target", "ラベル", "分類", "カテゴリ"),
        ),
        Role(
            name="file",
            label=mark("Original file"),
            help=mark("Where the image was when it was imported."),
            required=False,
            given=False,
            hashed=False,
        ),
        *(
            Role(name=name, label=label, help=mark("In pixels."), type="number", required=False, given=False)
            for name, label in (("width", mark("Width")), ("height", mark("Height")))
        ),
    ),
    group="image",
    stratum="label",
)
