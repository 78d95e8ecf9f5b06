"""The data set's card, ``README.md``: what people read first, filled from the manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..domain import LabelSet
from ..domain.plurals import counted
from ..formats.export_format import ExportFormat
from . import describing
from .describing import NOT_STATED

FILE_NAME = "README.md"

_LICENCES = re.compile(
    r"apache-2\.0|mit|bsd(-[23]-clause)?|bsl-1\.0|c-uda|cc|cc0-1\.0|cc-by-(2\.0|2\.5|3\.0|4\.0)"
    r"|cc-by-sa-[34]\.0|cc-by-nc-[234]\.0|cc-by-nd-4\.0|cc-by-nc-nd-[34]\.0|cc-by-nc-sa-[234]\.0"
    r"|cdla-sharing-1\.0|cdla-permissive-[12]\.0|[al]?gpl-3\.0|gpl-2\.0|mpl-2\.0|odc-by|odbl|pddl"
)
"""Identifiers of licences that Hugging Face knows (its documentation, *Licenses*)."""
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))


def write_card(
    folder: Path, stated: Mapping[str, Any], labels: LabelSet, form: ExportFormat
) -> None:
    """Write the card of a data set.

    Parameters
    ----------
    folder : Path
    stated : mapping
        Its manifest, without the files.
    labels : LabelSet
        Those of the data set.
    form : ExportFormat
    """
    head = {**_head(stated), **form.card(labels, tuple(stated["counts"].get("splits", ())))}
    front = yaml.safe_dump(head, sort_keys=False, width=2**16)
    text = f"---\n{front}---\n\n" + "\n".join(_body(stated, labels, form)) + "\n"
    (folder / FILE_NAME).write_bytes(text.encode("utf-8", "replace"))


def _head(stated: Mapping[str, Any]) -> dict[str, Any]:
    images = stated["counts"]["images"]["all"]
    size = next((name for limit, name in _SIZES if images < limit), "n>1M")
    machine = stated["selection"]["take"] == "suggestions"
    return {
        **_licence(describing.licence(stated)),
        "pretty_name": stated["project"],
        "size_categories": [size],
        **({"annotations_creators": ["machine-generated"]} if machine else {}),
    }


def _licence(text: str) -> dict[str, str]:
    if not text:
        return {"license": "unknown"}
    if _LICENCES.fullmatch(text.lower()):
        return {"license": text.lower()}
    name = re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-")[:60]
    return {"license": "other", "license_name": name or "other", "license_details": text}


def _body(stated: Mapping[str, Any], labels: LabelSet, form: ExportFormat) -> Iterator[str]:
    code, counts = stated["code"], stated["counts"]
    yield f"# {_plain(stated['project'])}\n"
    yield describing.counts(stated)
    yield f"Written as {form.title} by {code['name']} {code['version']}."
    yield "\n## Licence\n"
    yield (
        _plain(describing.licence(stated)) or f"{NOT_STATED} The owners of the data must state it."
    )
    yield "\n## Splits\n"
    splits = counts.get("splits", {})
    yield from _table(
        ("split", "images"), splits.items() if splits else [("undivided", _all(counts))]
    )
    if splits:
        unknown = counts["images_without_subject"]
        known = "A subject is" if not unknown else "A subject that somebody stated is"
        yield f"\n{known} in one split only."
        if unknown:
            yield (
                f"Of {counted(unknown, 'images')} nobody stated the subject: those of one study, "
                "film or file are together, others by themselves, so that a subject may be in "
                "several splits and figures be too good."
            )
    yield "\n## Labels\n"
    yield from _table(
        ("label", "scheme", "meaning", "regions", "values of images"), _labels(counts, labels)
    )
    yield "\n## How it was made\n"
    yield from _list(describing.protocol(stated))
    yield from _list(
        [describing.readers(stated), f"Qualification of the annotators: {_low(NOT_STATED)}"]
    )
    yield from _list(describing.models(stated) or ["No classifier made suggestions."])
    yield from _list([f"How the images were collected: {_low(NOT_STATED)}"])
    yield "\n## Persons and consent\n"
    yield from _list([*describing.consent(stated), describing.names(stated)])
    yield "\n## What this data set does not say\n"
    yield from _list([*describing.losses(stated), *stated["notices"]])
    yield "\n## Files\n"
    yield "What coordinates and keys mean is in `manifest.json`, under `conventions`; everything"
    yield "that was recorded of the images, a line each, in `decisions.jsonl`; a description for"
    yield "programs in `croissant.json`."


def _all(counts: Mapping[str, Any]) -> int:
    return int(counts["images"]["all"])


def _low(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _labels(counts: Mapping[str, Any], labels: LabelSet) -> Iterator[tuple[object, ...]]:
    for label in labels:
        values = counts["values_by_label"].get(label.code, {})
        said = ", ".join(f"{value.replace('_', ' ')} {number}" for value, number in values.items())
        regions = counts["annotations_by_label"].get(label.code, 0)
        meaning = label.meaning or _low(NOT_STATED).rstrip(".")
        yield label.code, label.scheme, meaning, regions, said


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    columns = list(head)
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_plain(str(cell)) for cell in row)} |"


def _list(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield f"- {_plain(sentence)}"


def _plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
