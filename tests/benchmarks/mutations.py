"""Rules of the product, each broken on purpose: does a test notice?

    python tests/benchmarks/mutations.py [--only WORD] [--list]

Each rule in `broken_rules.py` is broken in a copy of the source, and the tests that should notice
are run there. Printed as Markdown: killed or SURVIVED by name, and how many were killed. A rule
whose text is no longer in its file is an error, before anything is run: it moved, and its entry
has to follow.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from broken_rules import RULES, Rule

REPOSITORY = Path(__file__).parents[2]


def say(line: str = "") -> None:
    """Write a line at once: a run takes many minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def copy_of_the_source(folder: Path) -> Path:
    """Copy the files that git knows of, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source, target = REPOSITORY / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def check_texts(rules: Iterable[Rule]) -> None:
    """Refuse rules whose text does not stand in their file once; all of them are named."""
    faults = []
    for rule in rules:
        file = REPOSITORY / rule.file
        count = file.read_text(encoding="utf-8").count(rule.text) if file.is_file() else 0
        if count != 1:
            faults.append(f"{rule.name}: {rule.file} has its text {count} times, not once.")
    if faults:
        raise SystemExit("\n".join(faults))


def is_killed(rule: Rule, source: Path) -> bool:
    """Break a rule in the copy, run its tests, and mend it again."""
    file = source / rule.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(rule.text, rule.broken), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *rule.tests],
            cwd=source,
            env={"COMBINATIONS": "40"} | os.environ | {"PYTHONPATH": str(source)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.write_text(whole, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise SystemExit(f"{rule.name}: its tests could not be run.\n{done.stdout}{done.stderr}")
    return done.returncode == 1


def main() -> int:
    """Break one rule after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="WORD", help="rules with it in their name")
    parser.add_argument("--list", action="store_true", help="only name them")
    options = parser.parse_args()
    check_texts(RULES)
    chosen = [rule for rule in RULES if options.only in rule.name]
    if options.list:
        for rule in chosen:
            say(f"{rule.name}: {rule.file}")
        return 0
    say("| rule | file | | s |")
    say("|---|---|---|---|")
    killed = 0
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        source = copy_of_the_source(Path(folder) / "source")
        for rule in chosen:
            begun = time.monotonic()
            found = is_killed(rule, source)
            killed += found
            seconds = time.monotonic() - begun
            verdict = "killed" if found else "SURVIVED"
            say(f"| {rule.name} | {rule.file} | {verdict} | {seconds:.0f} |")
    say(f"\n{killed} of {len(chosen)} killed")
    return 0 if killed == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
