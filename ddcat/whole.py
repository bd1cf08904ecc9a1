"""Files that are written whole or not at all, wherever their name leads."""

import os
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISREG
from tempfile import TemporaryDirectory


def write(output: Path, content: bytes) -> None:
    """The content under this name; raises OSError, and leaves a file as it was, where that cannot be.

    A link stays a link and its target is written; a file that is there keeps its mode. What is no file takes the
    content directly: replacing a device or a pipe would take it away from everyone else.
    """
    if is_stream(output):
        _pour(output, content)
    else:
        _replace(Path(os.path.realpath(output)), _mode(output), content)


def is_stream(output: Path) -> bool:
    """A device, a pipe, or whatever standard output is: it passes on what it is given, and is no file to keep."""
    try:
        mode = output.stat().st_mode
    except OSError:
        return False
    return not (S_ISREG(mode) or S_ISDIR(mode)) or _is_standard_output(output)


def _pour(output: Path, content: bytes) -> None:
    """Standard output goes on where it stands: opened anew, it would begin at its first byte again."""
    with os.fdopen(os.dup(1), "wb") if _is_standard_output(output) else output.open("wb") as stream:
        stream.write(content)


def _replace(target: Path, mode: int | None, content: bytes) -> None:
    if mode is not None:
        # Who may not write into the file may not replace it either.
        os.close(os.open(target, os.O_WRONLY))
    with TemporaryDirectory(dir=target.parent, prefix=".ddcat-") as folder:
        making = Path(folder) / "making"
        making.write_bytes(content)
        if mode is not None:
            making.chmod(mode)
        making.replace(target)


def _mode(output: Path) -> int | None:
    """The mode of the file that is there; None where there is none yet."""
    try:
        return S_IMODE(output.stat().st_mode)
    except FileNotFoundError:
        return None


def _is_standard_output(output: Path) -> bool:
    try:
        return os.path.samestat(output.stat(), os.fstat(1))
    except OSError:
        return False
