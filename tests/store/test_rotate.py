"""A new master key: whoever is killed while it comes, nobody's words are lost (reliability.md, 48)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.store.master import read_master_key
from bot.store.protocol import Profile, StoreRefusedError
from bot.store.rotate import beside, rotate
from bot.store.sqlite import open_heart
from bot.store.vault import Vault
from tests.store.conftest import NOW, new_master
from tests.store.killed import until_line

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.folder import Files
    from bot.store.protocol import Work

PEOPLE = range(1001, 1004)
OURS = ("rotate.py", "private.py", "master.py", "vault.py")


@pytest.fixture
def kept(files: Files) -> Files:
    """Return a store in which three people have told their names."""
    heart = open_heart(files)

    def unit(work: Work) -> None:
        for chat in PEOPLE:
            work.save_profile(replace(work.add_person(chat, NOW), profile=Profile(name=f"Name {chat}")))

    heart.do(unit)
    heart.close()
    return files


def everybody_is_known(files: Files) -> bytes:
    """Start as the bot does, find all names, and return what is derived from the bot's own key."""
    heart = open_heart(files)
    for chat in PEOPLE:
        person = heart.do(lambda work, chat=chat: work.person_in(chat))  # type: ignore[misc]
        assert person is not None
        assert person.profile.name == f"Name {chat}"
    secret = heart.derive("buttons")
    heart.close()
    assert not beside(files.master_key).exists(), "what was begun is finished, or dropped"
    return secret


def test_a_new_master_key_opens_everything_and_the_old_one_nothing(kept: Files) -> None:
    old, secret = read_master_key(None, kept.master_key, may_make=False), everybody_is_known(kept)
    assert rotate(kept) == len(PEOPLE) + 1, "the bot has a key too"
    assert read_master_key(None, kept.master_key, may_make=False) != old
    assert kept.master_key.stat().st_mode & 0o777 == 0o600
    assert everybody_is_known(kept) == secret, "buttons sent before still work"
    with pytest.raises(StoreRefusedError, match="does not fit"):
        Vault(old, kept.keys)


def test_the_old_wrapping_leaves_the_file(kept: Files) -> None:
    everybody_is_known(kept)
    before = kept.keys.read_bytes()
    vault = Vault(read_master_key(None, kept.master_key, may_make=False), kept.keys)
    wrapped = [row[0] for row in vault._db.execute("SELECT wrapped FROM key")]
    vault.close()
    rotate(kept)
    assert all(one in before for one in wrapped)
    assert not any(one in kept.keys.read_bytes() for one in wrapped)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("then", ["the next start", "the command again"])
def test_killed_at_any_line_it_is_made_good(kept: Files, then: str) -> None:
    number, masters = 1, set()
    while not until_line(number, partial(rotate, kept), OURS):
        if then == "the command again":
            rotate(kept)
        everybody_is_known(kept)
        masters.add(kept.master_key.read_bytes())
        number += 1
    everybody_is_known(kept)
    assert number > 60, "the test has walked through the whole change"
    assert len(masters) > 3, "some kills came late enough for the new key to be meant"


def test_where_the_service_may_not_write_it_uses_the_new_key_from_where_it_waits(
    kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under systemd /etc is read only: the next start opens everything, a rerun of the command tidies up."""
    real = type(kept.master_key).rename

    def refused(self: Path, to: Path) -> Path:
        if self == beside(kept.master_key):
            raise OSError(30, "Read-only file system")
        return real(self, to)

    with monkeypatch.context() as sealed:
        sealed.setattr(type(kept.master_key), "rename", refused)
        with pytest.raises(StoreRefusedError, match="move it to"):
            rotate(kept)
        open_heart(kept).close()
        assert beside(kept.master_key).exists()
    rotate(kept)
    everybody_is_known(kept)


def test_a_key_in_the_environment_is_not_ours_to_change(files: Files) -> None:
    given = replace(files, master_key_value=new_master())
    open_heart(given).close()
    before = files.keys.read_bytes()
    with pytest.raises(StoreRefusedError, match="put it into a file"):
        rotate(given)
    assert files.keys.read_bytes() == before


def test_nothing_changes_when_a_key_does_not_open(kept: Files) -> None:
    vault = Vault(read_master_key(None, kept.master_key, may_make=False), kept.keys)
    vault._db.execute("UPDATE key SET wrapped = x'00' WHERE owner = 2")
    vault.close()
    before = kept.master_key.read_bytes()
    with pytest.raises(StoreRefusedError, match="does not open"):
        rotate(kept)
    assert kept.master_key.read_bytes() == before
    open_heart(kept).close()
    assert not beside(kept.master_key).exists()


def test_before_the_first_start_there_is_nothing_to_change(files: Files) -> None:
    with pytest.raises(StoreRefusedError, match="no keys yet"):
        rotate(files)
    assert not files.master_key.exists()
