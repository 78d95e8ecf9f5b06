"""How well the readers of a study agree: figures by label, reader and round, with intervals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from .. import figures
from ..domain import LabelSet, Permission
from ..domain.facs import visibility_codes
from ..errors import ProtocolError
from ..figures import Figure, Floats, Measure
from .authority import needs
from .blinding import require_unblinded
from .study_reads import FINAL, FIRST, LEAST_IOUS, NONE, RegionPair, StudyReads, signed_reads
from .workspace import Workspace

BY = ("label", "reader", "round")
"""What figures can be told apart by."""
_CATEGORIES, _GRADES = 2, 6
_UNREAD = "No image was signed by two of the readers."
_NO_REGIONS = "On no image did both draw a region."
_NO_SPACING = "On no image whose spacing is known did both draw a region."


@dataclass(frozen=True, slots=True)
class AgreementRecord:
    """One figure of agreement.

    Attributes
    ----------
    figure : str
        Its name; docs/study.md defines each.
    label : str
        Code; empty for all labels together.
    readers : tuple of str
        Whose; two, or all.
    round : str
        ``final``: each reader's last word; ``first``: their first look.
    result : Figure
    """

    figure: str
    label: str
    readers: tuple[str, ...]
    round: str
    result: Figure

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON-ready values."""
        return {
            "figure": self.figure,
            "label": self.label or None,
            "readers": list(self.readers),
            "round": self.round,
            **self.result.to_json(),
        }


@needs(Permission.MANAGE)
def study_agreement(
    workspace: Workspace,
    project_name: str,
    *,
    by: Collection[str] = ("label",),
    tolerance_grades: int = 0,
    gold: str | None = None,
) -> list[AgreementRecord]:
    """Return how well the readers of a project agree in what they signed.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    by : collection of str
        Of `BY`: whether figures are of each label, of each two readers, of first and last rounds.
    tolerance_grades : int
        Grades of intensity by which two readers may differ and still agree.
    gold : str, optional
        Name of a reader, or of an imported table, whom each other reader is compared with; their
        adjudications count.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ProtocolError
        If readers of the project see each other's work, nobody read it by the name of `gold`, or
        the person still has images of it to read by themselves.
    """
    project = workspace.record.project(project_name)
    require_unblinded(workspace, project.id)
    if not workspace.record.protocol(project.id).isolated:
        raise ProtocolError(
            "The readers of this project go on from each other's work, so there is no agreement to "
            "measure. Ask for two readers, or for a blind first read, in the project's protocol."
        )
    offers = workspace.record.offers(project.id)
    records: list[AgreementRecord] = []
    for round_ in (FIRST, FINAL) if "round" in by else (FINAL,):
        with closing(workspace.record.image_records(project.id)) as images:
            reads = signed_reads(images, offers, project.label_set, round_=round_, gold=gold)
        records += agreement_of(
            reads, project.label_set, by=by, tolerance_grades=tolerance_grades, gold=gold,
            round_=round_,
        )  # fmt: skip
    return records


def agreement_of(
    reads: StudyReads,
    labels: LabelSet,
    *,
    by: Collection[str] = ("label",),
    tolerance_grades: int = 0,
    gold: str | None = None,
    round_: str = FINAL,
) -> list[AgreementRecord]:
    """Return the figures of reads that were gathered.

    Parameters as of `study_agreement`.

    Raises
    ------
    ProtocolError
        If nobody read it by the name of `gold`.
    """
    records = []
    for seats in _groups(reads, by, gold):
        table = _Table(reads, seats, tolerance_grades, gold)
        names = tuple(reads.readers[seat] for seat in seats)
        places = range(len(reads.labels))
        for chosen in [[place] for place in places] if "label" in by else [list(places)]:
            label = reads.labels[chosen[0]] if "label" in by else ""
            records += [
                AgreementRecord(name, label, names, round_, result)
                for name, result in table.figures(chosen)
            ]
        units = [place for place in places if _is_unit(labels, reads.labels[place])]
        records += [
            AgreementRecord(name, "", names, round_, result)
            for name, result in (table.of_facs(units) if units else ())
        ]
    return records


def _is_unit(labels: LabelSet, code: str) -> bool:
    scheme = next(label.scheme for label in labels if label.code == code)
    return scheme == "FACS" and not visibility_codes([code])


def _groups(reads: StudyReads, by: Collection[str], gold: str | None) -> list[tuple[int, ...]]:
    """Return the places of the readers who are compared: all, or each two that read an image."""
    if gold is not None and gold not in reads.readers:
        raise ProtocolError(
            f"Nobody of the name {gold!r} signed an image of this project; the readers are "
            f"{', '.join(reads.readers) or 'none so far'}."
        )
    everybody = tuple(range(len(reads.readers)))
    if gold is None and "reader" not in by:
        return [everybody]
    read = (reads.presence != NONE).any(axis=2)
    seats = list(combinations(everybody, 2))
    if gold is not None:
        mine = reads.readers.index(gold)
        seats = [(mine, other) for other in everybody if other != mine]
    pairs = [pair for pair in seats if read[:, pair].all(axis=1).any()]
    return list(pairs) or [everybody]


class _Table:
    """What some readers said, as arrays that figures take."""

    def __init__(
        self, reads: StudyReads, seats: Sequence[int], tolerance: int, gold: str | None
    ) -> None:
        self._reads, self._tolerance, self._gold = reads, tolerance, gold
        self._presence = reads.presence[:, list(seats)]
        self._grades = reads.grades[:, list(seats)]
        self._regions = [p for p in reads.regions if p.first in seats and p.second in seats]

    def figures(self, labels: Sequence[int]) -> Iterator[tuple[str, Figure]]:
        """Yield the figures of some labels, taken together."""
        codes, subjects = self._codes(self._presence, labels)
        used = max(
            _CATEGORIES, int(np.nanmax(codes, initial=1)) + 1
        )  # uncertain, where somebody is
        pair = codes.shape[1] == 2
        yield from _named(of_presence(codes, used, pair=pair), subjects)
        if pair and self._gold is not None:
            yield from _named(against_gold(codes), subjects)
        if (self._grades[:, :, list(labels)] > 0).any():
            grades, subjects = self._codes(self._grades, labels)
            yield from _named(of_grades(grades, self._tolerance, pair=pair), subjects)
        regions = [one for one in self._regions if one.label in labels]
        if regions:
            yield from _named(of_regions(regions), [self._reads.subjects[r.image] for r in regions])

    def _codes(self, coded: Any, labels: Sequence[int]) -> tuple[Floats, list[str]]:
        """Return codes of images and labels that two readers gave, shape (N L, R), and subjects."""
        flat = coded[:, :, list(labels)].transpose(2, 0, 1)
        flat = flat.reshape(len(labels) * len(coded), coded.shape[1])
        twice = (flat != NONE).sum(axis=1) >= 2
        subjects = np.tile(np.array(self._reads.subjects, dtype=object), len(labels))[twice]
        return np.where(flat[twice] == NONE, np.nan, flat[twice]), subjects.tolist()

    def of_facs(self, units: Sequence[int]) -> Iterator[tuple[str, Figure]]:
        """Yield the agreement index of FACS, each two readers of an image being a pair."""
        first, second, agreed, subjects = [], [], [], []
        for one, other in combinations(range(self._presence.shape[1]), 2):
            codes = self._presence[:, [one, other]][:, :, units]
            grades = self._grades[:, [one, other]][:, :, units]
            both = (codes != NONE).any(axis=2).all(axis=1)
            assessed = (codes != NONE).all(axis=1)[both]
            first.append((codes[both, 0] == 1) & assessed)
            second.append((codes[both, 1] == 1) & assessed)
            apart = np.abs(grades[both, 0].astype(int) - grades[both, 1])
            ungraded = (grades[both] == NONE).any(axis=1)
            agreed.append(ungraded | (apart <= self._tolerance))
            subjects += [s for s, kept in zip(self._reads.subjects, both, strict=True) if kept]
        if not first:
            return
        pair = np.concatenate(first), np.concatenate(second)
        graded = np.concatenate(agreed)
        yield from _named(
            {
                "facs_index_pooled": figures.agreement_index(*pair),
                "facs_index_mean": figures.mean_agreement_index(*pair),
                "facs_index_graded_pooled": figures.agreement_index(*pair, graded),
                "facs_index_graded_mean": figures.mean_agreement_index(*pair, graded),
            },
            subjects,
        )


def of_presence(codes: Floats, categories: int, *, pair: bool) -> dict[str, Measure]:
    """Return the measures of present, absent and uncertain, by name; some of two readers only."""
    measures = {
        "percent": figures.percent_agreement(codes, categories),
        "base_rate": figures.base_rate(codes, 1),
    }
    if pair:
        measures["cohen_kappa"] = figures.cohen_kappa(codes, categories)
    return measures | {
        "fleiss_kappa": figures.fleiss_kappa(codes, categories),
        "pabak": figures.pabak(codes, categories),
        "gwet_ac1": figures.gwet_coefficient(codes, categories),
        "krippendorff_alpha_nominal": figures.krippendorff_alpha(codes, categories),
    }


def against_gold(codes: Floats) -> dict[str, Measure]:
    """Return sensitivity and specificity of the second of two readers, the first being right."""
    right = codes[:, 0] == codes[:, 1]
    empty = "The gold reader called no image {} that the other could assess."
    return {
        "sensitivity": figures.share_of(right, codes[:, 0] == 1, empty.format("positive")),
        "specificity": figures.share_of(right, codes[:, 0] == 0, empty.format("negative")),
    }


def of_grades(grades: Floats, tolerance: int, *, pair: bool) -> dict[str, Measure]:
    """Return the measures of intensity, 0 (absent) to 5 (E), by name."""
    measures = {"within_tolerance": figures.within_tolerance(grades, tolerance)}
    for weighting in ("linear", "quadratic"):
        weights = figures.weights_of(_GRADES, weighting)
        if pair:
            measures[f"weighted_kappa_{weighting}"] = figures.cohen_kappa(grades, _GRADES, weights)
        measures[f"gwet_ac2_{weighting}"] = figures.gwet_coefficient(grades, _GRADES, weights)
    for scale in ("ordinal", "interval"):
        name = f"krippendorff_alpha_{scale}"
        measures[name] = figures.krippendorff_alpha(grades, _GRADES, scale)
    for form in ("2,1", "3,1"):
        name = f"icc_{form.replace(',', '_')}"
        measures[name] = figures.intraclass_correlation(grades, form)
    return measures


def of_regions(pairs: Sequence[RegionPair]) -> dict[str, Measure]:
    """Return the measures of regions, by name."""
    drawn = np.array([pair.drawn for pair in pairs])
    measures = {
        f"detection_f1_iou_{least:.2f}": figures.detection_f1(
            [pair.matched[least] for pair in pairs], drawn[:, 0], drawn[:, 1]
        )
        for least in LEAST_IOUS
    }
    distances = np.array([pair.distances_mm for pair in pairs])
    return measures | {
        "dice": figures.mean_of(np.array([pair.dice for pair in pairs]), _NO_REGIONS),
        "outline_distance_mm": figures.mean_of(distances[:, 0], _NO_SPACING),
        "outline_distance_95_mm": figures.mean_of(distances[:, 1], _NO_SPACING),
    }


def _named(measures: dict[str, Measure], subjects: Sequence[str]) -> Iterator[tuple[str, Figure]]:
    for name, measure in measures.items():
        yield name, figures.measured(measure, subjects)
