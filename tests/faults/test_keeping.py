"""An operator's year with the real process: a backup, somebody who left, a lost disk, a new master key."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

from bot.store.backup import found
from tests.faults.conftest import COMMAND, Place, bot_texts, is_polling, one_line, stopped, until

if TYPE_CHECKING:
    from bot.sandbox import SandboxServer

ANN, BO = 1001, 1002
ASK, WHY, THANKS = (
    "How do you feel today, 1 to 5?",
    "What made it so? Write a few words.",
    "Thank you, saved.",
)


async def tell(server: SandboxServer, user: int, words: str) -> None:
    """Let somebody agree, and write a line."""
    server.world.add_user(user, "Somebody")
    server.world.say(user, "/start")
    await until(lambda: ASK in bot_texts(server, user))
    server.world.tap(user, "1")
    await until(lambda: WHY in bot_texts(server, user))
    server.world.say(user, words)
    await until(lambda: THANKS in bot_texts(server, user))


async def test_a_year_of_an_operator(bot: Place, server: SandboxServer) -> None:
    kept = bot.folder / "kept"
    bot.settings["BACKUP_DIR"] = str(kept)
    alongside = str(COMMAND)
    process = bot.start()
    await until(lambda: is_polling(server))
    await tell(server, ANN, "canary of Ann")
    await tell(server, BO, "words of Bo")

    # While it runs: a backup through it, a look, and no change of the key.
    elsewhere = bot.folder / "elsewhere"
    made = bot.run(alongside, "backup", str(elsewhere))
    assert made.returncode == 0, made.stderr
    assert len(found(elsewhere)) == len(found(elsewhere / "keys")) == 1
    looked = bot.run(alongside, "doctor")
    assert looked.returncode == 0, looked.stdout
    assert "is running" in looked.stdout
    assert "another Alongside is running" in one_line(bot.run(alongside, "keys", "rotate"))
    assert process.poll() is None

    # Ann asks to be forgotten; Bo stays.
    assert await stopped(process) == 0
    assert bot.run(alongside, "backup").returncode == 0
    assert bot.run(alongside, "forget", str(ANN)).returncode == 0
    database, keys = max(found(kept)), max(found(kept / "keys"))

    # The disk is lost. The bot does not begin anew, but comes back, without Ann.
    shutil.rmtree(bot.data)
    assert "restore it" in one_line(bot.run())
    restored = bot.run(alongside, "restore", str(database), "--keys", str(keys))
    assert restored.returncode == 0, restored.stderr
    heart = bot.heart()
    assert heart.do(lambda work: work.person_in(ANN)) is None
    assert heart.do(lambda work: work.person_in(BO)) is not None
    heart.close()

    # A new master key, and life goes on, also after a kill.
    before = bot.files.master_key.read_bytes()
    assert bot.run(alongside, "keys", "rotate").returncode == 0
    assert bot.files.master_key.read_bytes() != before
    process = bot.start()
    server.world.say(BO, "/stop")
    await until(lambda: "nothing to stop" in bot_texts(server, BO))
    process.send_signal(signal.SIGKILL)
    process.wait()
    bot.files.keys.chmod(0o644)
    assert "chmod 600" in one_line(bot.run())
    looked = bot.run(alongside, "doctor")
    assert looked.returncode == 1
    assert "MEND  keys" in looked.stdout
    assert "canary" not in looked.stdout + bot.errors()
