"""Commands on classifiers: list, show, check, fetch, evaluate; training has a module of its own."""

from __future__ import annotations

import argparse
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..settings import Settings
from . import training
from .terminal import command, group, print_findings, print_json, progress_bar


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    models = group(commands, "models", "list, show, check, fetch, evaluate and train classifiers")
    listed = command(models, "list", _models_list, "list the model cards that ship")
    listed.add_argument("--json", action="store_true")
    show = command(models, "show", _models_show, "say what a classifier is for, and its figures")
    show.add_argument("card", metavar="CARD")
    show.add_argument("--json", action="store_true")
    check = command(models, "check", _models_check, "say everything that is wrong with a card")
    check.add_argument("card", metavar="CARD")
    fetch = command(models, "fetch", _models_fetch, "bring a card's weights onto this machine")
    fetch.add_argument("card", metavar="CARD")
    fetch.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FILE",
        help="take this file instead of the network",
    )
    fetch.add_argument(
        "--accept", metavar="SHA256", help="what the file hashes to, where the card does not know"
    )
    evaluate = command(
        models, "evaluate", _models_evaluate, "measure a classifier and its maps on labelled images"
    )
    evaluate.add_argument("card", metavar="CARD")
    evaluate.add_argument("--data", type=Path, required=True, metavar="DIR")
    evaluate.add_argument("--split", metavar="NAME")
    evaluate.add_argument("--against", metavar="dual|none|rest|CODE")
    evaluate.add_argument(
        "--erased",
        action="store_true",
        help="also ask what is suggested with the drawn regions erased, and with another place",
    )
    evaluate.add_argument("--json", action="store_true")
    calibrate = command(
        models, "calibrate", _models_calibrate, "fit how often a card's suggestions are right"
    )
    calibrate.add_argument("card", type=Path, metavar="CARD.toml", help="is written to")
    calibrate.add_argument("--data", type=Path, required=True, metavar="DIR")
    calibrate.add_argument("--split", metavar="NAME", help="what to fit on (default: all)")
    calibrate.add_argument(
        "--validate", metavar="NAME", help="the split to validate on (default: every fifth subject)"
    )
    calibrate.add_argument("--json", action="store_true")
    training.add_command(models)


def _models_list(options: argparse.Namespace) -> int:
    from ..workflows.networks import list_cards

    cards = list_cards()
    if options.json:
        print_json(cards)
        return 0
    for card in cards:
        print(
            f"{card['name']} {card['version']}\t{card['weights']}\t{card['title']}"
            f"\t{', '.join(card['labels'])}"
        )
    return 0


def _models_show(options: argparse.Namespace) -> int:
    from ..workflows.networks import show_card

    card = show_card(options.card, Settings.from_environment())
    if options.json:
        print_json(card)
        return 0
    labels = ", ".join(label["code"] for label in card["labels"]) or "none"
    weights = card["weights"]
    for heading, text in (
        (f"{card['name']} {card['version']}", f"{card['title']}. {card['description']}"),
        ("Labels", labels),
        ("What it is for", card["intended_use"]),
        ("Limitations", card["limits"]),
        ("What it learned from", card["training_data"]),
        ("Weights", f"{weights['state']}, {weights['licence']}. {weights['source']}"),
    ):
        print(heading)
        for paragraph in text.split("\n\n"):
            print(textwrap.fill(paragraph, 96, initial_indent="  ", subsequent_indent="  "))
        print()
    print("What was measured" if card["measured"] else "Nothing was measured.")
    for figure in card["measured"]:
        interval = " to ".join(f"{end:.3f}" for end in figure["interval"])
        between = f"95 %: {interval}" if interval else ""
        print(f"  {figure['value']:.3f}   {between:<22} n = {figure['n']:<5} {figure['figure']}")
        print(f"          {figure['data']}")
    return 0


def _models_check(options: argparse.Namespace) -> int:
    from ..workflows.networks import check_card

    return print_findings(check_card(options.card))


def _models_fetch(options: argparse.Namespace) -> int:
    from ..workflows.networks import fetch_card

    settings = Settings.from_environment()
    with progress_bar("Fetch", "B") as progress:
        done = fetch_card(
            options.card, settings, progress, accept=options.accept, source=options.source
        )
    print(done)
    return 0


def _models_evaluate(options: argparse.Namespace) -> int:
    from ..workflows.evaluating import evaluate
    from ..workflows.networks import load_suggester

    suggester = load_suggester(options.card, Settings.from_environment())
    with progress_bar("Evaluate") as progress:
        what = (options.data, options.split, options.against)
        result = evaluate(suggester, *what, progress, erase=options.erased)
    status = 1 if result.failures else 0
    if options.json:
        print_json(result.to_json())
        return status
    for line in (*result.notices, *result.failures):
        print(line, file=sys.stderr)
    model = result.model
    print(f"{model['name']} {model['version']} on {result.data['folder']}, {result.against}")
    for line in result.lines():
        print(line)
    return status


def _models_calibrate(options: argparse.Namespace) -> int:
    from ..workflows.calibrating import calibrate

    device = Settings.from_environment().device
    with progress_bar("Calibrate") as progress:
        result = calibrate(
            options.card, options.data, options.split, options.validate, device, progress
        )
    for line in (*result.notices, *result.failures):
        print(line, file=sys.stderr)
    if options.json:
        print_json(asdict(result))
    else:
        for line in result.lines():
            print(line)
    return 1 if result.failures else 0
