"""What a data set says of itself in words, all of it out of its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain import Protocol
from ..domain.plurals import counted

NOT_STATED = "Not stated."

_SHOWN = {
    "suggestions-first": "scores, maps and suggested regions of the classifier from the start",
    "blind-then-reveal": "nothing of the classifier until their first read was signed, then all",
    "labels-only": "labels and scores of the classifier, no map and no region",
    "labels-and-maps": "labels, scores and maps of the classifier, no region",
    "unaided": "nothing of a classifier",
}
_TAKEN = {
    "suggestions": "What is stated is what the classifier proposed, whatever people said of it.",
    "first": "What is stated is each reader's first read.",
    "final": "What is stated is the adjudication where there is one, else each reader's last word.",
    "adjudicated": "What is stated is the adjudication.",
}
_AGREED = {
    "majority": "Readers' regions and values became one by majority.",
    "staple": "Readers' regions became one by STAPLE, their values by majority.",
}
_ADJUDICATED = {
    "disagreement": "Images on which readers disagreed were adjudicated.",
    "all": "Every image was adjudicated.",
}


def licence(stated: Mapping[str, Any]) -> str:
    """Return the licence of a data set; empty where its owners stated none."""
    text: str = stated.get("rights", {}).get("licence", "")
    return "" if text.startswith("not stated") else text


def counts(stated: Mapping[str, Any]) -> str:
    """Return the numbers of images and annotations in a sentence."""
    images = stated["counts"]["images"]
    return (
        f"{counted(images['all'], 'images')} with "
        f"{counted(stated['counts']['annotations'], 'annotated regions')}: "
        f"{counted(images['reviewed'], 'images reviewed')} "
        f"({images['negative']} without findings), {images['in progress']} in progress, "
        f"{images['not reviewed']} not reviewed."
    )


def protocol(stated: Mapping[str, Any]) -> list[str]:
    """Return how people read the images, in sentences."""
    rules = stated.get("protocol")
    if rules is None:
        return [NOT_STATED]
    arms = rules["arms"] or [rules["mode"]]
    shown = "; or ".join(_SHOWN[arm] for arm in dict.fromkeys(arms))
    said = ["Images were randomised to what readers saw."] if rules["arms"] else []
    if stated["models"]:
        said.append(f"Readers saw {shown}.")
    if not Protocol.from_json(rules).isolated:
        said.append("Annotators went on from each other's work on an image.")
    elif rules["readers"] > 1:
        said.append(f"{rules['readers']} people were to read each image, each by themselves.")
    else:
        said.append("One person was to read each image.")
    if rules["adjudication"] in _ADJUDICATED:
        said.append(_ADJUDICATED[rules["adjudication"]])
    said.append(_TAKEN[stated["selection"]["take"]])
    if stated["selection"]["consensus"] in _AGREED:
        said.append(_AGREED[stated["selection"]["consensus"]])
    return said


def readers(stated: Mapping[str, Any]) -> str:
    """Return how many people the annotations are of."""
    number = stated["counts"]["readers"]
    return f"{number} {'person' if number == 1 else 'people'} annotated these images."


def models(stated: Mapping[str, Any]) -> list[str]:
    """Return what made suggestions, a sentence for each version of a classifier."""
    return [
        f"{one['name']} {one['version']} (SHA-256 {one['sha256']}) suggested regions by "
        f"{one['method']} in {counted(one['runs'], 'runs')}, each of one image."
        for one in stated["models"]
    ]


def consent(stated: Mapping[str, Any]) -> list[str]:
    """Return whom pictures show and who consented, in sentences."""
    rights = stated.get("rights")
    if rights is None:
        return [NOT_STATED]
    shows = {"nobody": "nobody recognisable", "persons": "recognisable persons"}
    said = [
        f"Photographs and films show: {shows.get(rights['shows'], 'not stated')}.",
        f"Consent to handing pictures on: {rights['consent'].replace('-', ' ')}.",
    ]
    of_subjects = {word: n for word, n in rights["subjects_stated"].items() if n}
    if of_subjects:
        parts = ", ".join(f"{word.replace('-', ' ')} {n}" for word, n in of_subjects.items())
        said.append(f"Of single subjects: {parts}.")
    withheld = stated["pictures"]["withheld"]
    if withheld:
        said.append(f"{counted(withheld, 'pictures are left out')}.")
    return said


def losses(stated: Mapping[str, Any]) -> list[str]:
    """Return a phrase for each kind of thing that a data set does not say, or says otherwise."""
    out = sum(stated["counts"]["left_out"].values())
    unfinished = [counted(out, "images left out, which nobody finished")] if out else []
    return [*unfinished, *(counted(number, what) for what, number in stated["losses"].items())]


def names(stated: Mapping[str, Any]) -> str:
    """Return whether readers and files are named in a data set."""
    if stated["selection"]["pseudonyms"]:
        return "Readers and files have pseudonyms; free text is left out."
    if stated["selection"]["refers_to_originals"]:
        return (
            "The DICOM objects name the patient as the originals do. Names of readers and files, "
            "and their remarks, are as the record has them."
        )
    return "Names of readers and files, and their remarks, are as the record has them."
