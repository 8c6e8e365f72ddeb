"""Files that others can read are refused, with the command that mends it; ours are made closed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from bot.store import private
from bot.store.folder import InstanceLock
from bot.store.protocol import StoreRefusedError
from bot.store.sqlite import open_heart

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.folder import Files


def test_everything_new_is_for_its_owner_alone_whatever_the_umask(files: Files) -> None:
    before = os.umask(0)
    try:
        lock = InstanceLock(files.database.parent)
        heart = open_heart(files)
        found = [files.database.parent, files.master_key, *files.database.parent.iterdir()]
        assert len(found) > 6
        for path in found:
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
        heart.close()
        lock.release()
    finally:
        os.umask(before)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o666])
@pytest.mark.parametrize("which", ["keys", "master_key"])
def test_a_key_file_that_others_can_open_is_refused(files: Files, which: str, mode: int) -> None:
    open_heart(files).close()
    path: Path = getattr(files, which)
    path.chmod(mode)
    with pytest.raises(StoreRefusedError, match=f"run: chmod 600 {path}"):
        open_heart(files)
    path.chmod(0o600)
    open_heart(files).close()


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o750, 0o755, 0o777])
def test_a_data_folder_that_others_can_enter_is_refused(files: Files, mode: int) -> None:
    open_heart(files).close()
    files.database.parent.chmod(mode)
    with pytest.raises(StoreRefusedError, match=f"run: chmod 700 {files.database.parent}"):
        open_heart(files)
    files.database.parent.chmod(0o700)
    open_heart(files).close()


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_key_that_only_its_owner_reads_is_fine(files: Files, mode: int) -> None:
    open_heart(files).close()
    files.master_key.chmod(mode)
    open_heart(files).close()


def test_what_systemd_hands_over_is_private_whatever_its_mode_says(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LoadCredential= lets the service in by an access list, which shows as the group's bit."""
    open_heart(files).close()
    files.master_key.chmod(0o440)
    monkeypatch.setattr(private, "CREDENTIALS", tmp_path)
    open_heart(files).close()
