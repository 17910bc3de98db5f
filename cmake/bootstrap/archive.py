"""What the scripts share that fetch something pinned, for tests or measurements only. Nothing of it is built or run."""

import hashlib
import io
import pathlib
import shutil
import sys
import tarfile
import urllib.request
import zipfile


def download(address, seconds):
    with urllib.request.urlopen(address, timeout=seconds) as answer:
        return answer.read()


def check(archive, sha256):
    if hashlib.sha256(archive).hexdigest() != sha256:
        raise OSError("the SHA-256 is not the one that is known")
    return archive


def unpack(archive, wanted, folder):
    """The files of a tar archive whose whole names `wanted` matches, by its first group. All or nothing: what is there
    afterwards is complete."""
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            match = wanted.fullmatch(member.name)
            if match and member.isfile():
                path = unfinished / match[1]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(members.extractfile(member).read())
    unfinished.rename(folder)


def fetch(name, download_archive, wanted):
    """Unpacks what `download_archive()` returns into the folder that is the only argument, unless that is there. The status of the program."""
    folder = pathlib.Path(sys.argv[1])
    if folder.exists():
        return 0
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unpack(download_archive(), wanted, folder)
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        print(f"*** {name}: {error}", file=sys.stderr)
        return 1
    return 0
