#!/usr/bin/env python3
"""Fetches the headers of Apache DataSketches C++ that are peers here, for measurements only.

Usage: fetch_datasketches.py <folder>

They come from the source distribution of the Python package, by the index that pip is set to. Nothing is built or run.
"""

import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "cmake" / "bootstrap"))
import archive  # noqa: E402

ARCHIVE = "datasketches-4.1.0.tar.gz"
SHA256 = "6a57e4d1e93ccf1035604e3d9181dbe490281673833ce5be477c197b1195c840"
WANTED = re.compile(r"[^/]+/((?:hll|cpc|common)/include/[\w.-]+\.(?:h|hpp)|LICENSE|NOTICE)")
SECONDS = 60


def index():
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    told = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    return told or "https://pypi.org/simple"


def download():
    page = index().rstrip("/") + "/datasketches/"
    link = re.search(rf'href="([^"]*/{re.escape(ARCHIVE)}[^"]*)"', archive.download(page, SECONDS).decode())
    if not link:
        raise OSError("the index does not list it")
    return archive.check(archive.download(urllib.parse.urljoin(page, link[1]), SECONDS), SHA256)


if __name__ == "__main__":
    sys.exit(archive.fetch(ARCHIVE, download, WANTED))
