"""Every transcript is a test: as it is, through JSON at every wait, and on a file reopened at each act."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bot.flow.engine import resume
from bot.flow.session import from_data, to_data
from bot.runtime import scene
from bot.store.folder import Files
from bot.store.memory import heart_in_memory
from bot.store.sqlite import Heart, open_heart
from tests.play_script import Player

FOLDER = Path(__file__).parent / "transcripts"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an empty store once: migrating is slow, copying is not."""
    folder = tmp_path_factory.mktemp("empty")
    open_heart(_files(folder)).close()
    return folder


def _files(folder: Path) -> Files:
    return Files(folder / "data" / "alongside.db", folder / "data" / "keys.db", folder / "data.key")


def _compare(path: Path, played: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-transcripts"):
        path.write_text(played, encoding="utf-8")
    assert played == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_as_it_is(path: Path, request: pytest.FixtureRequest) -> None:
    """The conversation goes as it is written down."""
    _compare(path, Player(path.read_text(encoding="utf-8"), heart_in_memory()).play(), request)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_through_json(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that was written as JSON and read again goes on in the same way (rule 1)."""

    def through(flow, session, inbound, judge):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        again = from_data(json.loads(json.dumps(to_data(session))))
        assert again == session
        return resume(flow, again, inbound, judge)

    monkeypatch.setattr(scene, "resume", through)
    text = path.read_text(encoding="utf-8")
    assert Player(text, heart_in_memory()).play() == text


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_on_a_real_file(path: Path, empty_store: Path, tmp_path: Path) -> None:
    """The store is closed and opened again after every act: nothing lives in memory only (rule 2)."""
    shutil.copytree(empty_store, tmp_path / "store")
    files = _files(tmp_path / "store")

    def reopen(heart: Heart) -> Heart:
        heart.close()
        return open_heart(files)

    text = path.read_text(encoding="utf-8")
    player = Player(text, open_heart(files), reopen)
    played = player.play()
    player.simulator.heart.close()
    assert played == text


def test_there_are_transcripts() -> None:
    """An empty folder would pass every test above."""
    assert len(TRANSCRIPTS) >= 3
