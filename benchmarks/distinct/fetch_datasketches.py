#!/usr/bin/env python3
"""Fetches the headers of Apache DataSketches C++ that are peers here, for measurements only.

Usage: fetch_datasketches.py <folder>

They come from the source distribution of the Python package, by the index that pip is set to. Nothing is built or run.
"""

import hashlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request

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
    with urllib.request.urlopen(page, timeout=SECONDS) as answer:
        link = re.search(rf'href="([^"]*/{re.escape(ARCHIVE)}[^"]*)"', answer.read().decode())
    if not link:
        raise OSError("the index does not list it")
    with urllib.request.urlopen(urllib.parse.urljoin(page, link[1]), timeout=SECONDS) as answer:
        archive = answer.read()
    if hashlib.sha256(archive).hexdigest() != SHA256:
        raise OSError("the SHA-256 is not the one that is known")
    return archive


def unpack(archive, folder):
    """All or nothing: what is there afterwards is complete."""
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            wanted = WANTED.fullmatch(member.name)
            if wanted and member.isfile():
                path = unfinished / wanted[1]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(members.extractfile(member).read())
    unfinished.rename(folder)


def main():
    folder = pathlib.Path(sys.argv[1])
    if folder.exists():
        return 0
    try:
        unpack(download(), folder)
    except (OSError, tarfile.TarError) as error:
        print(f"*** {ARCHIVE}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
