"""A person's words, and the token, are in no log and in no byte of the data folder.

Issue 2, "Shown by" 3; rule 9 of design.md; reliability.md, fault 51. The log level is DEBUG, one handler and
one parser fail with the words in their errors, and half of the looking is done while the process is alive.
"""

from __future__ import annotations

import asyncio
import base64
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.conftest import Place, bot_texts, everything_in, rows, stopped, until

if TYPE_CHECKING:
    from bot.sandbox import SandboxServer

SICK_BOT = Path(__file__).parent / "sick_bot.py"
ASK, WHY, THANKS = (
    "How do you feel today, 1 to 5?",
    "What made it so? Write a few words.",
    "Thank you, saved.",
)
ANN, BO, CY = 1001, 1002, 1003
NAME, NICK = "Kanarienname", "kanariennick"
NOTE, STRAY, SICK = "canarynote ünï 🐤 and more", "canarystray words", "canarysick words"
UNKNOWN, UNREADABLE, EDIT, COMMAND = "canaryunknown", "canaryunreadable", "canaryedit", "canarycommand"
CANARIES = (NAME, NICK, NOTE, STRAY, SICK, UNKNOWN, UNREADABLE, EDIT, COMMAND)


def forms(word: str) -> set[bytes]:
    """Return how a word can stand in a file: plain, in UTF-16, escaped, in hex, in base64 at each shift."""
    found: set[bytes] = set()
    for plain in (word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be")):
        found |= {plain, plain.hex().encode(), plain.hex().upper().encode()}
        for shift in range(3):
            letters = base64.b64encode(b"\0" * shift + plain)
            # The first letters hold bits of what stood before, the last ones bits of what comes after.
            middle = letters[4 if shift else 0 : len(letters) // 4 * 4 - 4]
            found |= {middle, middle.translate(bytes.maketrans(b"+/", b"-_"))}
    return found | {word.encode("unicode_escape"), word.encode("ascii", "backslashreplace")}


def places_of(word: str, files: dict[Path, bytes]) -> list[str]:
    """Return the files that hold a word in any form."""
    wanted = forms(word)
    return [path.name for path, content in files.items() if any(form in content for form in wanted)]


def prove_nothing(files: dict[Path, bytes], words: tuple[str, ...]) -> None:
    """Prove that none of these words stands in any of these files."""
    found = {word: places for word in words if (places := places_of(word, files))}
    assert found == {}


@pytest.mark.parametrize("word", [*CANARIES, "7000000001:sandbox-token-for-this-machine-only"])
def test_the_search_finds_what_is_planted(tmp_path: Path, word: str) -> None:
    """Else the test below would prove nothing."""
    planted = [
        word.encode(), word.encode("utf-16"), base64.b64encode(word.encode()), word.encode().hex().encode(),
        base64.b64encode(b"x" + word.encode() + b"yz"),
        base64.urlsafe_b64encode(b"xy" + word.encode() + b"z"),
        ascii(word).encode(),
    ]  # fmt: skip
    for number, content in enumerate(planted):
        path = tmp_path / f"{number}.db-wal"
        path.write_bytes(b"\0" * 5000 + content + b"\xff" * 5000)
        with pytest.raises(AssertionError):
            prove_nothing(everything_in(tmp_path), (word,))
        path.unlink()


async def test_rule_9_words_are_in_no_log_and_in_no_byte_of_the_data_folder(
    bot: Place, server: SandboxServer
) -> None:
    world = server.world
    for user in (ANN, BO, CY):
        world.add_user(user, NAME, NICK)
    process = bot.start(sys.executable, str(SICK_BOT))
    world.say(ANN, f"/start {COMMAND}")
    await until(lambda: ASK in bot_texts(server, ANN))
    world.tap(ANN, "2")
    await until(lambda: WHY in bot_texts(server, ANN))
    world.say(ANN, SICK)
    await until(lambda: "failed" in bot_texts(server, ANN))
    said = world.say(ANN, NOTE)["message"]
    await until(lambda: THANKS in bot_texts(server, ANN))
    world.edit(ANN, said["message_id"], EDIT)
    world.say(ANN, STRAY)
    world.inject({"telepathy": {"thought": UNKNOWN, "from": {"first_name": NAME}}})
    world.inject({"message": {"text": UNREADABLE, "from": {"id": BO}}})
    world.inject(
        b'{"update_id": %d, "message": {"text": "%s \\ud83d' % (world.updates.next_id, UNREADABLE.encode())
    )
    # Words that are kept but never sent: the line is dead from here on.
    server.faults.lose_request("sendMessage", times=None)
    server.faults.garbage("editMessageReplyMarkup", times=None)
    world.say(CY, f"/start {COMMAND}")
    world.say(BO, STRAY)
    await until(lambda: not len(world.updates))
    await asyncio.sleep(0.5)

    secret = server.token.partition(":")[2]
    alive = everything_in(bot.folder)
    assert {"out", "err", "alongside.db", "alongside.db-wal", "keys.db", "data.key"} <= {
        one.name for one in alive
    }
    prove_nothing(alive, (*CANARIES, server.token, secret))
    process.send_signal(signal.SIGKILL)
    process.wait()
    prove_nothing(everything_in(bot.folder), (*CANARIES, server.token, secret))

    server.faults.clear()
    again = bot.start(sys.executable, str(SICK_BOT))
    await until(lambda: bot_texts(server, BO) and bot_texts(server, CY))
    assert await stopped(again) == 0
    prove_nothing(everything_in(bot.folder), (*CANARIES, server.token, secret))

    # The faults did happen, the log names them, and the note is there for who has the key.
    log = bot.errors()
    assert log.count("event='turn_failed'") == 3
    assert "where='sick_bot.py:" in log
    assert log.count("event='update_unreadable'") >= 1
    assert "Traceback" not in log
    heart = bot.heart()
    ann = heart.do(lambda work: work.person_in(ANN))
    assert ann is not None
    assert rows(heart, "SELECT count(*) FROM inbox WHERE state = 'parked'") == [(3,)]
    run_id = rows(heart, "SELECT id FROM sessions WHERE flow = 'bench.note'")[0][0]
    run = heart.do(lambda work: work.run(run_id))
    assert run is not None
    answer = run.session.answer("initiator", "why")
    assert answer is not None
    assert answer.value == NOTE
    heart.close()
