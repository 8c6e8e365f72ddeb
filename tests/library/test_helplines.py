"""Numbers that can help are whole, fresh, and never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from bot.console import app
from bot.library.load import examine, load
from tests.library.shelf import BARE, write

if TYPE_CHECKING:
    import pytest

CONTENT = Path("content")
COUNTRY = """\
{code}:
  name: Country {code}
  emergency: {{numbers: ["1"], source: a test, seen: unknown, checked: {checked}}}
  lines:
    - for: [violence, men]
      name: For some
      ways: [call 2]
      hours: unknown
      languages: []
      cost: free
      on_bill: unknown
      in_call_log: unknown
      source: a test
      status: A
      seen: 2026-01-01
      checked: {checked}
"""
ELSEWHERE = """\
elsewhere:
  name: Somewhere else
  emergency: {numbers: ["112"], note: Call for help., source: a test, seen: unknown, checked: 2026-02-01}
  lines: []
"""
TODAY = date(2026, 3, 2)


def shelf(tmp_path: Path, checked: str, count: int = 20) -> Path:
    """Return a folder with this many countries, each checked on a day."""
    codes = [f"{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(count)]
    text = "".join(COUNTRY.format(code=code, checked=checked) for code in codes) + ELSEWHERE
    folder = write(tmp_path)
    (folder / "helplines.yaml").write_text(text.replace("no:", '"no":'), encoding="utf-8")
    return folder


def test_what_was_compared_this_year_has_no_fault(tmp_path: Path) -> None:
    assert examine(shelf(tmp_path, "2025-06-01"), TODAY)[1] == []


def test_a_number_that_nobody_compared_for_a_year_is_a_fault_on_its_line(tmp_path: Path) -> None:
    issues = examine(shelf(tmp_path, "2025-03-01"), TODAY)[1]
    assert len(issues) == 40
    assert not any(issue.warning for issue in issues)
    assert [issue.line for issue in issues[:2]] == [3, 16]
    assert "compare it again" in issues[0].message


def test_a_month_before_it_is_a_warning(tmp_path: Path) -> None:
    issues = examine(shelf(tmp_path, "2025-03-20"), TODAY)[1]
    assert {issue.warning for issue in issues} == {True}
    assert str(issues[0]).startswith("helplines.yaml:3: warning: [helpline] checked on 2025-03-20: 18 days")
    assert examine(shelf(tmp_path, "2025-04-02"), TODAY)[1] == []


def test_a_day_that_is_still_to_come_is_a_slip(tmp_path: Path) -> None:
    assert "still to come" in examine(shelf(tmp_path, "2026-03-03"), TODAY)[1][0].message


def test_a_warning_is_printed_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.runtime.clock.SystemClock.now", lambda _: datetime(2026, 3, 2, 12, tzinfo=UTC))
    shown = CliRunner().invoke(app, ["check", "--content", str(shelf(tmp_path, "2025-03-20"))])
    assert shown.exit_code == 0
    assert "18 days left" in shown.output
    assert "no faults" in shown.output
    shown = CliRunner().invoke(app, ["check", "--content", str(shelf(tmp_path, "2025-02-20"))])
    assert shown.exit_code == 1


def test_a_bot_that_runs_is_not_stopped_by_an_old_number(tmp_path: Path) -> None:
    assert load(shelf(tmp_path, "2020-01-01")).helplines.of("aa").numbers == ("1",)


def test_too_few_countries_are_a_fault(tmp_path: Path) -> None:
    (issue,) = examine(shelf(tmp_path, "2026-01-01", count=19), TODAY)[1]
    assert "19 countries" in issue.message


def test_shapes_are_strict_and_faults_have_their_line(tmp_path: Path) -> None:
    folder = shelf(tmp_path, "2026-01-01")
    path = folder / "helplines.yaml"
    path.write_text(path.read_text().replace("ways: [call 2]", "ways: [ring 2]", 1), encoding="utf-8")
    (issue,) = examine(folder)[1]
    assert (issue.file, issue.line, issue.code) == ("helplines.yaml", 7, "shape")


def test_elsewhere_is_needed(tmp_path: Path) -> None:
    folder = write(tmp_path, {"helplines.yaml": COUNTRY.format(code="aa", checked="2026-01-01")})
    assert "elsewhere" in examine(folder)[1][0].message
    (folder / "helplines.yaml").unlink()
    assert examine(folder)[1][0].code == "missing"
    assert "helplines.yaml" in BARE


def test_the_own_country_comes_first_and_then_by_name() -> None:
    choices = load(CONTENT).helplines.choices("Europe/Lisbon")
    names = [name for _, name in choices[1:-1]]
    assert choices[0] == ("pt", "Portugal")
    assert names == sorted(names)
    assert choices[-1][0] == "elsewhere"
    assert len(choices) <= 100


def test_no_country_gives_no_number_that_may_not_work() -> None:
    help_ = load(CONTENT).helplines.of(None)
    assert not help_.chosen
    assert help_.lines("violence", "suicide") == []
    assert "place where you are" in help_.emergency


def test_the_kind_asked_for_comes_first_and_lines_for_everybody_before_those_for_some() -> None:
    lines = load(CONTENT).helplines.of("gb").lines("violence", "suicide", most=9)
    names = [str(line).split("</b>", maxsplit=1)[0] for line in lines]
    assert names[0].endswith("National Domestic Abuse Helpline")
    assert names[-1] == "<b>Shout"
    assert len(lines) == 5


def test_every_country_is_complete_enough_for_a_card() -> None:
    helplines = load(CONTENT).helplines
    for code in helplines.countries:
        assert helplines.of(code).emergency
        assert len(helplines.of(code).all_lines()) >= 1, code
        assert len("\n".join(helplines.of(code).all_lines())) < 3000
