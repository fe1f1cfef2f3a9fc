"""A folder that nobody else can prepare or change: ./demo may run as root, and its folder may lie in /tmp."""
import contextlib
import json
import os
import stat

from .processes import LabError


def named(path):
    """Absolute, links resolved in all but the last part: check() has to see a link there."""
    parent, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(parent), name)


def check(folder):
    """Refuses a link, somebody else's folder and one in which others may write."""
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode):
        raise LabError(f"{folder} is no directory; give the folder itself, not a link or a file")
    if status.st_uid != os.geteuid():
        raise LabError(f"{folder} belongs to somebody else (uid {status.st_uid}); choose another folder")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise LabError(f"others may write in {folder}; choose another folder, or first  chmod go-w {folder}")


def make(folder):
    with contextlib.suppress(FileExistsError):
        os.makedirs(folder, mode=0o700)
    check(folder)


def _open_private(path, flags):
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def write(path, text):
    """Replaces the file at once; a link in its place, or in its draft's, is replaced and not followed."""
    draft = path + ".new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(draft)
    with open(draft, "x", encoding="utf-8", opener=_open_private) as f:
        f.write(text)
    os.replace(draft, path)


def read_json(path):
    """None when there is no such file or it holds something else."""
    try:
        with open(path, encoding="utf-8", opener=_open_private) as f:
            return json.load(f)
    except (OSError, ValueError):
        return None
