"""Talk to one flow in the terminal, as Ann: for authors. Uses the real turns on a store in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.prompt import Prompt

from bot.library.load import WELCOME
from bot.runtime.clock import MovableClock, SystemClock
from bot.simulator import Seen, Simulator
from bot.store.memory import heart_in_memory
from bot.store.protocol import Profile

if TYPE_CHECKING:
    from bot.library.load import Library
    from bot.store.protocol import Work

ANN = "ann"
HELP = "[dim]Press a button by its number, or write. An empty line ends.[/dim]"


def play(library: Library, flow: str) -> None:
    """Begin the flow and go on until it ends or the author does."""
    console = Console(highlight=False)
    simulator = Simulator(library, heart_in_memory(), MovableClock(frozen_at=SystemClock().now()))
    console.print(HELP)
    if flow == WELCOME:
        _show(console, simulator.say(ANN, "/start"))
    else:
        _settle_in(simulator)
        _show(console, simulator.begin(flow, {"initiator": ANN}))
    while simulator.open_runs(ANN) or not library.flows[flow].about.stores:
        labels = list(simulator.labels(ANN))
        if labels:
            console.print("  ".join(f"[bold]{index}[/bold] {label}" for index, label in enumerate(labels, 1)))
        line = Prompt.ask("ann", console=console, default="", show_default=False)
        if not line:
            return
        label = _label(line, labels)
        _show(console, simulator.press(ANN, label) if label else simulator.say(ANN, line))
    console.print("[dim]the end[/dim]")


def _label(line: str, labels: list[str]) -> str | None:
    """Return the button meant by its label, or else by its number."""
    if line in labels:
        return line
    number = int(line) if line.isdecimal() else 0
    return labels[number - 1] if 1 <= number <= len(labels) else None


def _settle_in(simulator: Simulator) -> None:
    """Let Ann be somebody who has been here for a while."""
    number, now = simulator.number(ANN), simulator.clock.now()

    def unit(work: Work) -> None:
        person = work.add_person(number, now)
        work.save_profile(replace(person, profile=Profile("Ann", "g3", "Europe/Lisbon")))

    simulator.heart.do(unit)


def _show(console: Console, seen: Seen) -> None:
    for _, toast in seen.toasts:
        console.print(f"[italic]({toast})[/italic]", markup=True)
    for bubble in seen.bubbles:
        console.print()
        if bubble.picture:
            console.print(f"[picture: {bubble.picture[0]}]", style="dim", markup=False)
        console.print(bubble.text, style="cyan", markup=False)
