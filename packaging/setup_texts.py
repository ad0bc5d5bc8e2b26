"""What the set-up says, in the person's language; it runs before the program's own catalogues can be read."""

import os

TEXTS = {
    "usage": {
        "en": "Use: python3 packaging/bootstrap.py [test | tour --to DIR]",
        "ja": "使い方: python3 packaging/bootstrap.py [test | tour --to フォルダ]",
    },
    "environment": {"en": "Making the Python environment", "ja": "Python 環境を作成しています"},
    "torch": {
        "en": "Installing PyTorch (200 MB; 3 GB with support for NVIDIA GPUs)",
        "ja": "PyTorch をインストールしています（200 MB、NVIDIA GPU 対応版は 3 GB）",
    },
    "program": {
        "en": "Installing the program and its libraries (800 MB)",
        "ja": "プログラムとライブラリをインストールしています（800 MB）",
    },
    "starters": {
        "en": "Getting the starter models and data (200 MB)",
        "ja": "スターターのモデルとデータを取得しています（200 MB）",
    },
    "window": {"en": "Opening the window", "ja": "ウィンドウを開いています"},
    "checking": {"en": "Checking: {tool}", "ja": "検査しています: {tool}"},
    "testing": {"en": "Running the tests", "ja": "テストを実行しています"},
    "interrupted": {
        "en": "Interrupted. The next call carries on from here.",
        "ja": "中断しました。次に起動すると、ここから続けます。",
    },
    "little space": {
        "en": "There is not enough disk space in {folder}: {needed} GB are needed, {free} GB are free. "
        "Make room and start again.",
        "ja": "{folder} の空き容量が足りません。{needed} GB 必要ですが、空きは {free} GB です。"
        "空きを増やしてから、もう一度起動してください。",
    },
    "disk full": {
        "en": "The disk is full. Make room ({needed} GB; 14 GB with support for NVIDIA GPUs) and start "
        "again; what is done is kept.",
        "ja": "ディスクがいっぱいです。空きを増やして（{needed} GB、NVIDIA GPU 対応版は 14 GB）、"
        "もう一度起動してください。済んだ分は残ります。",
    },
    "no network": {
        "en": "The package index could not be reached. Check the network and start again; what is done is kept.",
        "ja": "パッケージインデックスに接続できません。ネットワークを確認して、もう一度起動してください。"
        "済んだ分は残ります。",
    },
    "step failed": {
        "en": "“{step}” failed. The whole output is in {log}; it ends with:",
        "ja": "「{step}」に失敗しました。出力の全体は {log} にあります。最後の部分:",
    },
    "no venv": {
        "en": "This Python cannot make virtual environments. Install that part "
        "(on Debian and Ubuntu: sudo apt install python3-venv) and start again.",
        "ja": "この Python は仮想環境を作れません。必要な部分をインストールして"
        "（Debian、Ubuntu では sudo apt install python3-venv）、もう一度起動してください。",
    },
    "no libraries": {
        "en": "The window needs system libraries that are not here. Install them "
        "(on Debian and Ubuntu: sudo apt install {packages}) and start again.",
        "ja": "ウィンドウに必要なシステムライブラリがありません。インストールして"
        "（Debian、Ubuntu では sudo apt install {packages}）、もう一度起動してください。",
    },
    "no xvfb": {
        "en": "There is no display and no virtual one. Install Xvfb "
        "(on Debian and Ubuntu: sudo apt install xvfb xauth) and start again.",
        "ja": "画面も仮想画面もありません。Xvfb をインストールして"
        "（Debian、Ubuntu では sudo apt install xvfb xauth）、もう一度起動してください。",
    },
    "no display": {
        "en": "Everything is set up, but there is no display to open the window on. Start again from a "
        "desktop session; the commands work without one: {command} --help",
        "ja": "準備はできましたが、ウィンドウを開く画面がありません。デスクトップから起動してください。"
        "コマンドは画面なしで使えます: {command} --help",
    },
    "qt failed": {
        "en": "The window could not be opened. Qt says: {reason}",
        "ja": "ウィンドウを開けませんでした。Qt のメッセージ: {reason}",
    },
    "window failed": {
        "en": "The window ended with an error (status {status}). What it said stands above.",
        "ja": "ウィンドウがエラーで終了しました（状態 {status}）。メッセージは上にあります。",
    },
}


def say(key: str, **values: object) -> str:
    """Return the text of that name in the language of the person's locale, with its fields filled."""
    chosen = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((value for value in chosen if value), "")
    return TEXTS[key]["ja" if locale.startswith("ja") else "en"].format(**values)
