"""The command that trains a classifier."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..settings import Settings
from .terminal import command, count, print_json, progress_bar


def add_command(models: Any) -> None:
    """Add ``train`` to the commands on classifiers."""
    train = command(models, "train", _train, "train a card's classifier on labelled images")
    train.add_argument("card", metavar="CARD", help="what network, which labels, how to train")
    train.add_argument("--data", type=Path, required=True, metavar="DIR")
    train.add_argument("--output", type=Path, required=True, metavar="DIR")
    train.add_argument(
        "--regions",
        type=_regions,
        metavar="N|all|none",
        help="on how many images drawn regions teach where to look (default: all)",
    )
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--epochs", type=count, metavar="N", help="in place of the card's")
    train.add_argument(
        "--fine-tune", action="store_true", help="begin from the card's weights, not from chance"
    )
    train.add_argument(
        "--start", type=Path, metavar="FILE", help="the published weights that the card begins from"
    )
    train.add_argument("--resume", action="store_true", help="go on where it was stopped")
    train.add_argument("--device", metavar="auto|cpu|cuda|...")
    train.add_argument("--json", action="store_true")


def _regions(text: str) -> int | None:
    return None if text == "all" else 0 if text == "none" else count(text, 0)


def _train(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from ..workflows.training import TrainingChoices, train
    from ..workflows.unit_training import train_units, trains_units

    choices = TrainingChoices(
        regions=options.regions,
        seed=options.seed,
        epochs=options.epochs,
        fine_tune=options.fine_tune,
        start=options.start,
        resume=options.resume,
        device=options.device or Settings.from_environment().device,
    )
    what = (options.card, options.data, options.output, choices)
    with progress_bar("Train") as progress:
        if trains_units(options.card):
            result = train_units(*what, progress)
        else:
            result = train(*what, progress, lambda line: tqdm.write(line, file=sys.stderr))
    for line in (*result.notices, *result.failures, *result.evaluation.failures):
        print(line, file=sys.stderr)
    if options.json:
        print_json(result.evaluation.to_json() | {"card": str(result.card)})
    else:
        for line in result.evaluation.lines():
            print(line)
        print(result.card)
    return 1 if result.failures else 0
