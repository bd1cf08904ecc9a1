"""A file is written whole or not at all, under its own name or a link's, and what is no file is never replaced."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ddcat import whole

ROOT = Path(__file__).parent.parent


@pytest.fixture
def nothing_is_replaced(monkeypatch):
    """Keeps this machine's devices where they are should the code be wrong: root may replace them."""

    def refuse(*_args, **_settings):
        raise AssertionError("a device or a pipe would be replaced")

    monkeypatch.setattr(Path, "replace", refuse)


def as_process(output: str, **options) -> subprocess.CompletedProcess[bytes]:
    code = "import sys; from pathlib import Path; from ddcat import whole; whole.write(Path(sys.argv[1]), b'whole')"
    return subprocess.run([sys.executable, "-c", code, output], cwd=ROOT, check=True, **options)


def test_a_new_file_has_all_that_was_written_and_nothing_beside_it(tmp_path):
    whole.write(tmp_path / "new", b"whole")
    assert (tmp_path / "new").read_bytes() == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o640])
def test_a_file_that_is_there_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "there"
    path.write_text("before")
    path.chmod(mode)
    whole.write(path, b"whole")
    assert (path.read_bytes(), path.stat().st_mode & 0o7777) == (b"whole", mode)


@pytest.mark.parametrize("is_there", [True, False], ids=["its target is there", "its target is not there yet"])
def test_a_link_stays_a_link_and_its_target_is_written(tmp_path, is_there):
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    target.parent.mkdir()
    if is_there:
        target.write_text("before")
        target.chmod(0o600)
    link.symlink_to("folder/target")
    (tmp_path / "link to the link").symlink_to("link")
    whole.write(tmp_path / "link to the link", b"whole")
    assert (os.readlink(link), target.read_bytes()) == ("folder/target", b"whole")
    assert not is_there or target.stat().st_mode & 0o777 == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_links_that_lead_to_each_other_are_refused(tmp_path):
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(OSError, match="symbolic links"):
        whole.write(tmp_path / "one", b"whole")
    assert os.readlink(tmp_path / "one") == "two"


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    def fill_the_disk(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[:2])
        raise OSError(28, "No space left on device")

    path = tmp_path / "there"
    path.write_text("before")
    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        whole.write(path, b"whole")
    assert (path.read_text(), list(tmp_path.iterdir())) == ("before", [path])


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError):
        whole.write(tmp_path, b"whole")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="has no users")
def test_a_file_that_one_may_not_write_is_not_replaced_either(tmp_path, monkeypatch):
    path = tmp_path / "kept"
    path.write_text("before")
    path.chmod(0o444)
    if os.geteuid() == 0:  # whom nothing is forbidden

        def forbid(*_args):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", forbid)
    with pytest.raises(PermissionError):
        whole.write(path, b"whole")
    assert path.read_text() == "before"


def test_a_named_pipe_is_written_into(tmp_path, nothing_is_replaced):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    whole.write(pipe, b"whole")
    reader.join(10)
    assert (read, whole.is_stream(pipe)) == ([b"whole"], True)


def test_a_device_is_written_into(nothing_is_replaced):
    whole.write(Path(os.devnull), b"whole")
    assert whole.is_stream(Path(os.devnull))


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="has no /dev/full")
def test_a_device_that_is_full_says_so(nothing_is_replaced):
    with pytest.raises(OSError, match="No space left on device"):
        whole.write(Path("/dev/full"), b"whole")


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="has no /dev/stdout")
def test_standard_output_goes_on_where_it_stands(tmp_path):
    path = tmp_path / "out"
    with path.open("wb") as out:
        out.write(b"first, ")
        out.flush()
        as_process("/dev/stdout", stdout=out)
        out.write(b", last")
    assert path.read_bytes() == b"first, whole, last"
    assert as_process("/dev/stdout", stdout=subprocess.PIPE).stdout == b"whole"


def test_a_file_is_no_stream_and_neither_is_a_folder_or_nothing_at_all(tmp_path):
    (tmp_path / "file").write_text("")
    assert [whole.is_stream(path) for path in (tmp_path / "file", tmp_path, tmp_path / "none")] == [False] * 3
