"""Any project that hypothesis can make, for the tests of exports."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotator.dataset.selection import EVERYTHING
from annotator.dataset.volumes import Volumes
from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    Ellipse,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    LabelValue,
    Landmark,
    Mask,
    Mode,
    Polygon,
    Presence,
    Protocol,
    Provenance,
    Reading,
    ReadingRecord,
    Round,
    SliceGeometry,
    Suggestion,
    SuggestionRun,
)
from annotator.domain.regions import RotatedBox
from annotator.export import ExportReport, Selection, Source, export_items

LABELS = LabelSet(
    (
        Label("FACS", "AU12", "lip corner puller"),
        Label("expression", "happy", ""),
        Label("klinisch", "Größe / 影", "ein Befund"),
    )
)
PROVENANCE = Provenance("card", "1", "ab" * 32, "excitation backprop", {"b": 1, "a": [2.5]}, "0.1")
PROJECT = uuid.UUID(int=7)

names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20)
times = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
share = st.floats(0, 1)
codes = st.sampled_from(LABELS.codes)


def regions_within(low: float, high: float, largest: float):
    """Regions of every shape; those that reach out of a small image included."""
    place, extent = st.floats(low, high), st.floats(0.01, largest)
    return st.one_of(
        st.builds(BoundingBox, place, place, extent, extent),
        st.builds(Ellipse, place, place, extent, extent),
        st.builds(Polygon, st.lists(st.tuples(place, place), min_size=3, max_size=9).map(tuple)),
        st.builds(Landmark, place, place),
        st.builds(RotatedBox, place, place, extent, extent, st.floats(-180, 179)),
        st.builds(ringed, place, place, st.floats(1, largest)),
        st.builds(
            lambda pixels, x, y: Mask.of(pixels, int(x), int(y)),
            arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))).filter(np.any),
            place,
            place,
        ),
    )


def ringed(x: float, y: float, size: float) -> Polygon:
    """A square with a square and a triangular hole."""

    def ring(*shares: tuple[float, float]) -> tuple[tuple[float, float], ...]:
        return tuple((x + u * size, y + v * size) for u, v in shares)

    return Polygon(
        ring((0, 0), (1, 0), (1, 1), (0, 1)),
        (
            ring((0.2, 0.2), (0.2, 0.5), (0.5, 0.5), (0.5, 0.2)),
            ring((0.6, 0.6), (0.6, 0.9), (0.9, 0.9)),
        ),
    )


regions = regions_within(-20, 120, 150)


@st.composite
def label_values(draw, image_id: uuid.UUID, rater: str) -> tuple[LabelValue, ...]:
    chosen = draw(st.lists(codes, max_size=3, unique=True))
    made = []
    for code in chosen:
        value = draw(st.sampled_from(Presence))
        unit = code == "AU12" and value is Presence.PRESENT
        made.append(
            LabelValue(
                draw(st.uuids()),
                image_id,
                rater,
                code,
                value,
                draw(st.sampled_from([None, "A", "C", "E"])) if unit else None,
                draw(st.sampled_from([None, "L", "R", "B", "A"])) if unit else None,
                created_at=draw(times),
            )
        )
    return tuple(made)


# Slices of one series: in order or not, two at one place, at even distances or not.
geometries = st.none() | st.builds(
    lambda z, turned: {
        "spacing_mm": [0.5, 0.25],
        "geometry": SliceGeometry(
            (-3.5, 2.0, z),
            (1.0, 0.0, 0.0),
            (0.0, -1.0, 0.0) if turned else (0.0, 1.0, 0.0),
            (0.5, 0.25),
        ).to_json(),
    },
    st.sampled_from([0.0, 1.0, 2.0, 2.5]),
    st.booleans(),
)


@st.composite
def image_records(draw, isolated: bool | None = None) -> ImageRecord:
    image = ImageAsset(
        file_name=draw(names),
        width=draw(st.just(40) | st.integers(1, 120)),
        height=draw(st.just(30) | st.integers(1, 120)),
        pixels_sha256=f"{draw(st.integers(0, 2**64)):064x}",
        source_sha256="1" * 64,
        subject=draw(st.sampled_from([None, "s1", "s2", "s3"])),
        display=draw(geometries),
        id=draw(st.uuids()),
    )
    suggestion = st.builds(
        Suggestion, codes, regions, share, share, st.just("dual"), share, id=st.uuids()
    )
    suggestions = draw(st.lists(suggestion, max_size=3, unique_by=lambda s: s.id))
    run = SuggestionRun(
        image.id,
        PROVENANCE,
        {"happy": draw(share)},
        tuple(suggestions),
        id=draw(st.uuids()),
        created_at=draw(times),
    )
    runs = (run,) if draw(st.booleans()) or suggestions else ()
    if isolated is None:
        isolated = draw(st.booleans())
    if not isolated:
        rater = draw(names)
        acts = draw(acts_of(image, suggestions, names))
        return ImageRecord(image, acts, runs, (), draw(label_values(image.id, rater)))
    return draw(read_record(image, suggestions, runs))


@st.composite
def acts_of(draw, image, suggestions, raters) -> tuple[Annotation, ...]:
    acts = []
    for origin in [*suggestions, *[None] * draw(st.integers(0, 2))]:
        if draw(st.booleans()):
            act = st.builds(
                Annotation,
                id=st.uuids(),
                image_id=st.just(image.id),
                region_id=st.just(origin.id) if origin else st.uuids(),
                rater=raters,
                decision=st.sampled_from(Decision),
                label=codes,
                region=regions,
                derived_from=st.just(origin.id if origin else None),
                created_at=times,
            )
            acts.append(draw(act))
    return tuple(acts)


@st.composite
def read_record(draw, image, suggestions, runs) -> ImageRecord:
    """An image that isolated readers read."""
    protocol = Protocol(readers=2)
    raters = draw(st.lists(names, max_size=2, unique=True))
    readings = []
    for rater in raters:
        reading = Reading(
            draw(st.uuids()),
            PROJECT,
            image.id,
            rater,
            draw(st.sampled_from([Round.FIRST, Round.ADJUDICATION])),
            Mode.SUGGESTIONS_FIRST,
            draw(times),
            draw(st.none() | times),
        )
        acts = draw(acts_of(image, suggestions, st.just(rater)))
        readings.append(ReadingRecord(reading, acts, draw(label_values(image.id, rater))))
    counted = tuple(act for read in readings for act in read.annotations)
    values = tuple(value for read in readings for value in read.label_values)
    return ImageRecord(image, counted, runs, tuple(readings), values, (), protocol)


shared_projects = st.lists(
    image_records(isolated=False), max_size=4, unique_by=lambda r: r.image.id
)
# A project holds an image, and its very pixels, once.
_ONCE = (lambda record: record.image.id, lambda record: record.image.pixels_sha256)
projects = st.lists(image_records(), max_size=3, unique_by=_ONCE)
projects_of_images = st.lists(image_records(), min_size=1, max_size=3, unique_by=_ONCE)


def exported(
    records: list[ImageRecord],
    target: Path,
    format_name: str,
    selection: Selection = EVERYTHING,
    image_png=None,
) -> ExportReport:
    """Write records in a format."""
    assets = [record.image for record in records]
    source = Source(
        iter(records),
        LABELS,
        "π \u2028",
        uuid.UUID(int=7),
        image_png,
        volumes=Volumes(lambda: assets),
    )
    return export_items(source, target, format_name=format_name, selection=selection)
