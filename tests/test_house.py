"""The plan of the house (design.md): who may import whom, how long a file may be, what is nowhere in it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"
FILES = sorted(BOT.rglob("*.py"))

# telegram | sandbox -> runtime -> {library, store.protocol, pictures} -> flow; nobody looks back.
ARROWS: dict[str, tuple[str, ...]] = {
    "bot.flow": (),
    "bot.library": ("bot.flow",),
    "bot.pictures": ("bot.flow",),
    "bot.store.protocol": ("bot.flow",),
    "bot.store": ("bot.store", "bot.flow"),
    "bot.runtime": ("bot.flow", "bot.library", "bot.store.protocol", "bot.pictures"),
    "bot.telegram": ("bot.flow", "bot.library", "bot.store.protocol", "bot.runtime"),
    "bot.sandbox": ("bot.runtime.clock",),
}

EVERYWHERE = ("bot.log",)
"""What every room but `flow` may use: log lines that cannot hold a person's words."""

MOST_LINES = 320


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_in(source: str, module: str) -> Iterator[str]:
    """Yield every module that a source imports, wherever the line stands: in a function, for types only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*module.split(".")[: -node.level], *filter(None, [base])])
            # `from bot.store import sqlite` names a module or a thing in one: take the longer name.
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "__import__",
            "import_module",
            "importlib.import_module",
        }:
            (first, *_) = node.args
            yield first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else "?"


def imports_of(path: Path) -> list[str]:
    return list(imports_in(path.read_text(encoding="utf-8"), module_of(path)))


def inside(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def room_of(module: str) -> str | None:
    """Return the room with rules of its own that a module stands in: the narrowest one."""
    return max((room for room in ARROWS if inside(module, room)), key=len, default=None)


def is_wrong(module: str, imported: str) -> bool:
    """Say whether an import is an arrow that the plan does not have."""
    room = room_of(module)
    if room is None or not inside(imported, "bot"):
        return False
    own = "bot.store.protocol" if room == "bot.store.protocol" else room
    allowed = (own, *ARROWS[room], *(EVERYWHERE if room != "bot.flow" else ()))
    return not any(inside(imported, one) for one in allowed)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_design_every_arrow_is_in_the_plan(path: Path) -> None:
    """`telegram | sandbox -> runtime -> {library, store.protocol, pictures} -> flow`; `app.py` sees all."""
    module = module_of(path)

    assert [one for one in imports_of(path) if is_wrong(module, one)] == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("bot.flow.engine", "from bot.library.render import Own"),
        ("bot.flow.engine", "from bot.log import log"),
        ("bot.flow.engine", "def f():\n  import bot.runtime.clock"),
        ("bot.library.load", "from bot.runtime.clock import Clock"),
        ("bot.library.load", "from bot.store.protocol import Work"),
        ("bot.library.load", "from ..runtime import clock"),
        ("bot.library", "import importlib\nimportlib.import_module('bot.telegram.api')"),
        ("bot.store.protocol", "from bot.store.sqlite import SqliteStore"),
        ("bot.store.sqlite", "from bot.runtime.clock import Clock"),
        ("bot.runtime.turn", "from bot.store.sqlite import SqliteStore"),
        ("bot.runtime.turn", "from bot.store import sqlite"),
        (
            "bot.runtime.turn",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  from bot.telegram.api import Api",
        ),
        ("bot.runtime.turn", "from bot.app import App"),
        ("bot.telegram.api", "from bot.sandbox import SandboxServer"),
        ("bot.telegram.api", "from bot.store.sqlite import SqliteStore"),
        ("bot.sandbox.server", "from bot.runtime.turn import handle"),
        ("bot.sandbox.server", "from bot.flow.model import Flow"),
    ],
)
def test_design_a_wrong_arrow_would_be_seen(module: str, line: str) -> None:
    assert any(is_wrong(module, one) for one in imports_in(line, module))


def test_design_no_module_needs_another_to_be_imported_before_it() -> None:
    """Two that import each other work for whoever begins with the right one, and for nobody else."""
    script = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    for one in [one for one in sys.modules if one.split('.')[0] == 'bot']:\n"
        "        del sys.modules[one]\n"
        "    importlib.import_module(name)\n"
    )
    names = [module_of(path) for path in FILES if inside(module_of(path), "bot.runtime")]
    subprocess.run([sys.executable, "-c", script, *names], cwd=ROOT, check=True)


def test_design_the_plan_speaks_of_rooms_that_are_there() -> None:
    modules = {module_of(path) for path in FILES}

    assert {room for room in ARROWS if room not in modules} == set()
    assert len(FILES) > 50


@pytest.mark.parametrize("path", sorted((BOT / "flow").rglob("*.py")), ids=relative)
def test_rule_1_flow_uses_the_standard_library_only(path: Path) -> None:
    for name in imports_of(path):
        assert inside(name, "bot.flow") or name.split(".")[0] in sys.stdlib_module_names, name


NOT_PURE = {
    "random",
    "secrets",
    "uuid",
    "asyncio",
    "threading",
    "socket",
    "os",
    "sys",
    "io",
    "pathlib",
    "logging",
    "subprocess",
    "time",
    "tempfile",
    "sqlite3",
}


@pytest.mark.parametrize("path", sorted((BOT / "flow").rglob("*.py")), ids=relative)
def test_rule_1_flow_reads_no_clock_draws_no_lots_and_waits_for_nothing(path: Path) -> None:
    assert {name.split(".")[0] for name in imports_of(path)} & NOT_PURE == set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
        assert not isinstance(node, ast.Global)
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "utcnow", "today", "fromtimestamp"}, ast.unparse(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input", "eval", "exec", "hash", "id"}, ast.unparse(
                node
            )


def test_design_only_the_edge_knows_telegram() -> None:
    users = {module_of(path) for path in FILES for name in imports_of(path) if inside(name, "telegram")}

    assert {one for one in users if not inside(one, "bot.telegram")} <= {"bot.app"}


def test_rule_2_runtime_holds_no_sql_and_no_network() -> None:
    forbidden = {
        "sqlite3",
        "aiosqlite",
        "aiosql",
        "psycopg",
        "telegram",
        "aiohttp",
        "httpx",
        "sqlalchemy",
        "alembic",
        "requests",
    }
    used = {
        (module_of(path), name.split(".")[0])
        for path in (BOT / "runtime").rglob("*.py")
        for name in imports_of(path)
    }

    assert {one for one in used if one[1] in forbidden} == set()
    sql = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.DOTALL)
    assert [relative(path) for path in (BOT / "runtime").rglob("*.py") if sql.search(path.read_text())] == []


def test_rule_2_the_turn_is_a_plain_function() -> None:
    """No `await` in the logic: a turn cannot be interleaved, nor half cancelled."""
    for name in ("turn", "scene", "names", "buttons", "people"):
        tree = ast.parse((BOT / "runtime" / f"{name}.py").read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree)), name


def test_design_only_the_clock_reads_the_clock() -> None:
    """`runtime/clock.py` and `app.py` may ask the machine for the time; everybody else is told."""
    readers = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "datetime.now",
                "datetime.utcnow",
                "date.today",
                "time.time",
                "datetime.datetime.now",
            }:
                readers.add(module_of(path))

    assert readers <= {"bot.runtime.clock", "bot.app"}


def test_design_pickle_is_nowhere() -> None:
    unsafe = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "jsonpickle"}
    users = {module_of(path) for path in FILES for name in imports_of(path) if name.split(".")[0] in unsafe}

    assert users == set()


def test_design_yaml_is_read_safely() -> None:
    calls = re.compile(r"yaml\.(load|load_all|unsafe_load|full_load)\(")

    assert [relative(path) for path in FILES if calls.search(path.read_text(encoding="utf-8"))] == []


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_design_no_file_is_too_long() -> None:
    assert {relative(path): lines_of(path) for path in FILES if lines_of(path) > MOST_LINES} == {}


def test_design_the_median_file_is_near_a_hundred_lines() -> None:
    sizes = [lines_of(path) for path in FILES if path.name != "__init__.py"]

    assert 60 <= median(sizes) <= 140


# Hosts of package registries, in pieces, so that this file does not name them itself.
HOSTS = (
    "pypi org",
    "pythonhosted org",
    "npmjs org",
    "npmjs com",
    "crates io",
    "docker io",
    "ghcr io",
    "quay io",
    "huggingface co",
)
REGISTRIES = re.compile(
    "|".join(rf"\b{host}\b".replace(" ", r"\.") for host in HOSTS) + r"|--(extra-)?index-url"
)
TEXT = {
    ".py",
    ".md",
    ".txt",
    ".toml",
    ".yaml",
    ".yml",
    ".cfg",
    ".ini",
    ".sh",
    ".js",
    ".html",
    ".css",
    ".sql",
    ".json",
    "",
}
SKIPPED = {"__pycache__", "data", "node_modules"}
HIDDEN_BUT_OURS = {".ci", ".github"}


def all_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            hidden = path.name.startswith(".") and path.name not in HIDDEN_BUT_OURS
            if not hidden and path.name not in SKIPPED and not path.name.endswith(".egg-info"):
                yield from all_files(path)
        elif path.is_file() and path.suffix in TEXT and path.stat().st_size < 1_000_000:
            yield path


def test_design_no_file_names_a_package_registry() -> None:
    """Where packages come from is the machine's business: a mirror must work without a change of ours."""
    naming = [
        relative(path)
        for path in all_files(ROOT)
        if REGISTRIES.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]

    assert naming == []
