"""The rules that `mutations.py` breaks: where each stands, how it is broken, which tests notice."""

from __future__ import annotations

from dataclasses import dataclass

_READINGS = (
    "tests/persistence/test_readings.py",
    "tests/persistence/test_reading_rules.py",
    "tests/persistence/test_progress.py",
    "tests/persistence/test_rules_in_combination.py",
    "-k",
    "not postgresql",
)
_ACTS = (
    "tests/persistence/test_conflicts.py",
    "tests/persistence/test_verdicts.py",
    "tests/persistence/test_acts.py",
    "tests/persistence/test_rules_in_combination.py",
    "-k",
    "not postgresql",
)
_TABLES = ("tests/persistence/test_imported_readings.py", "-k", "not postgresql")
_QUEUE = ("tests/persistence/test_queue_orders.py", "-k", "not postgresql")
_EDITOR = ("tests/editor/test_region_editor_modules.py",)
_GOES_IN = ("tests/interchange/test_what_goes_in.py",)
_BLIND = (
    "tests/people/test_what_readers_see.py",
    "tests/people/test_pages_of_readers.py",
)
_CUT = ("tests/suggesting/test_cutting.py",)
_SHAPES = ("tests/product/test_regions_and_labels.py",)
_MANAGED = ("tests/persistence/test_managing_projects.py", "-k", "not postgresql")
_FRONTEND = "annotator/ui/region_editor/frontend"


@dataclass(frozen=True)
class Rule:
    """A rule, and what breaks it.

    Attributes
    ----------
    name : str
    file, text, broken : str
        The text, once in the file, and what is put in its place.
    tests : tuple of str
        Arguments of pytest.
    """

    name: str
    file: str
    text: str
    broken: str
    tests: tuple[str, ...]


RULES = (
    # What several readers agree on
    Rule(
        "a tie of pixels is no majority",
        "annotator/dataset/consensus.py",
        "votes > len(masks) // 2",
        "2 * votes >= len(masks)",
        _GOES_IN,
    ),
    Rule(
        "a tie of values is no majority",
        "annotator/dataset/consensus.py",
        "most = 2 * votes > len(_voices(reads, label))",
        "most = 2 * votes >= len(_voices(reads, label))",
        _GOES_IN,
    ),
    Rule(
        "adjudication waits for last words, not for blind reads",
        "annotator/record/adjudications.py",
        "one.is_signed_off for one",
        "one.signed_at is not None for one",
        _READINGS,
    ),
    Rule(
        "an adjudicator sees everything, whatever the arm",
        "annotator/domain/readings.py",
        "return _SIGHTS[arm] if round_ is Round.FIRST else _EVERYTHING",
        "return _SIGHTS[arm] if round_ is not Round.REVEALED else _EVERYTHING",
        _READINGS,
    ),
    Rule(
        "an image is read when enough readers signed",
        "annotator/record/progress.py",
        "states[image_id].signed >= max(1, needed)",
        "states[image_id].signed > max(1, needed)",
        _READINGS,
    ),
    Rule(
        "acts alone make no image reviewed",
        "annotator/domain/projects.py",
        "signed = sum(read.reading.is_signed_off for read in self.readings)",
        "signed = max(len(self.annotations), len(self.readings))",
        _READINGS,
    ),
    # Readings
    Rule(
        "a signed blind read is no last word",
        "annotator/domain/readings.py",
        "return arm is not Mode.BLIND_THEN_REVEAL",
        "return True",
        _READINGS,
    ),
    Rule(
        "a revealed read goes on from the first",
        "annotator/record/rounds.py",
        "return (*before, reading.id)",
        "return (reading.id,)",
        _READINGS,
    ),
    Rule(
        "of signatures the latest counts",
        "annotator/record/progress.py",
        "select(func.max(t.SignatureRow.sequence))",
        "select(func.min(t.SignatureRow.sequence))",
        _READINGS,
    ),
    Rule(
        "an image that was taken back is not shown again",
        "annotator/record/readings.py",
        "if is_taken_back(session, image_id, known_rater(session, rater)):",
        "if not rater:",
        _READINGS,
    ),
    Rule(
        "who was taken off an image signs no more",
        "annotator/record/rounds.py",
        "if is_assigned and is_taken_back(",
        "if not is_assigned and is_taken_back(",
        _READINGS,
    ),
    Rule(
        "no more read an image than the protocol asks for",
        "annotator/record/assignments.py",
        "readers[image_id] > protocol.readers for",
        "readers[image_id] > protocol.readers + 1 for",
        _READINGS,
    ),
    Rule(
        "a withdrawn assignment frees its place",
        "annotator/record/assignments.py",
        'live = {pair for pair, row in rows.items() if row.state != "withdrawn"}',
        "live = set(rows)",
        _READINGS,
    ),
    # Tables that are taken over
    Rule(
        "a table is no look of the reader's own",
        "annotator/domain/readings.py",
        "return self.round in (Round.FIRST, Round.REVEALED)",
        "return self.round is not Round.ADJUDICATION",
        _TABLES,
    ),
    Rule(
        "what a file states belongs to no reading of a person's",
        "annotator/record/acts.py",
        "reading: Reading | None = rounds.imported_reading(self._session, place, by)",
        "reading: Reading | None = rounds.reading_for_acts(place, None)",
        _TABLES,
    ),
    Rule(
        "a table overrules no value that a person states",
        "annotator/record/act_rows.py",
        "func.coalesce(func.max(case((by_people, table.sequence))), last)",
        "func.coalesce(last, func.max(case((by_people, table.sequence))))",
        _TABLES,
    ),
    Rule(
        "an overruled value of a table is not counted beside a person's",
        "annotator/record/act_rows.py",
        "v.reading_id not in tables or v.label not in stated",
        "v.reading_id not in tables or v.label in stated",
        _TABLES,
    ),
    Rule(
        "regions of a label that is overruled do not count",
        "annotator/dataset/selecting.py",
        "act.decision in _STATING and act.label not in overruled",
        "act.decision in _STATING",
        _GOES_IN,
    ),
    # Acts
    Rule(
        "an act replaces only what its rater saw",
        "annotator/record/acts.py",
        "if act.supersedes == (counts and counts.id) or",
        "if True or",
        _ACTS,
    ),
    Rule(
        "what follows a refused act is refused",
        "annotator/record/acts.py",
        "if stopped is not None:",
        "if stopped is None and False:",
        _ACTS,
    ),
    Rule(
        "nobody acts on a suggestion before the first read is signed",
        "annotator/record/acts.py",
        "on_suggestion and not reading.sights.regions",
        "on_suggestion and not reading.sights",
        _READINGS,
    ),
    Rule(
        "readers' acts count in their own reading only",
        "annotator/record/rounds.py",
        "if not protocol.isolated and not (reading and reading.is_imported):",
        "if not (reading and reading.is_imported):",
        _READINGS,
    ),
    Rule(
        "an act under another's name is refused",
        "annotator/ui/editor_desk.py",
        "if act.rater != self._rater:",
        "if not act.rater:",
        (
            "tests/people/test_editor_desk.py",
            "tests/editor/test_line.py",
        ),
    ),
    Rule(
        "a retired label takes no new statement",
        "annotator/record/checking.py",
        "if label in self.retired:",
        "if label in ():",
        _MANAGED,
    ),
    # Queues
    Rule(
        "a reader's queue shows their own flags",
        "annotator/record/pools.py",
        "query.where(t.RemarkRow.rater_id == rater_id, t.RemarkRow.kind",
        "query.where(t.RemarkRow.kind",
        _QUEUE,
    ),
    Rule(
        "the queue has an end",
        "annotator/record/queue.py",
        "chosen[:here] &= pool.stages[:here] < Stage.DONE",
        "chosen[:here] &= pool.stages[:here] <= Stage.DONE",
        _QUEUE,
    ),
    Rule(
        "what contradicts the machine",
        "annotator/record/progress.py",
        '_CONTRADICTS = ("rejected", "edited", "added")',
        '_CONTRADICTS = ("rejected", "edited")',
        _QUEUE,
    ),
    Rule(
        "uncertain images come first",
        "annotator/record/pools.py",
        "Order.UNCERTAINTY: t.ImageStateRow.uncertainty.desc(),",
        "Order.UNCERTAINTY: t.ImageStateRow.uncertainty,",
        _QUEUE,
    ),
    # Who may see what
    Rule(
        "who has reads left knows nothing else",
        "annotator/workflows/blinding.py",
        "if is_blinded(workspace, project_id):",
        "if not is_blinded(workspace, project_id):",
        _BLIND,
    ),
    Rule(
        "consent fails closed",
        "annotator/domain/rights.py",
        "if record.image.modality != RASTER or self.shows is Shows.NOBODY:",
        "if record.image.modality != RASTER or self.shows is not Shows.PERSONS:",
        ("tests/interchange/test_consent.py",),
    ),
    Rule(
        "consent withheld of one subject holds for their pictures",
        "annotator/domain/rights.py",
        "if consent is Consent.WITHHELD:",
        "if self.consent is Consent.WITHHELD:",
        ("tests/interchange/test_consent.py",),
    ),
    # Files
    Rule(
        "a patient's number means something with who issued it",
        "annotator/ingest/deidentification.py",
        'return number, str(header.get("IssuerOfPatientID") or "").strip()',
        'return number, ""',
        ("tests/imaging/test_planted_identity.py", "-k", "hospitals"),
    ),
    Rule(
        "spacing is that of rows, then of columns",
        "annotator/ingest/nifti.py",
        "row, column = sizes[slicing.rows], sizes[slicing.columns]",
        "row, column = sizes[slicing.columns], sizes[slicing.rows]",
        ("tests/imaging/test_nifti.py",),
    ),
    Rule(
        "a point that was set is visible",
        "annotator/formats/detection/coco_keypoints.py",
        "(point.x, point.y, 2)",
        "(point.x, point.y, 1)",
        ("tests/interchange/test_export_faults_of_peers.py",),
    ),
    Rule(
        "a polygon with holes is not itself in a format without holes",
        "annotator/formats/capacity.py",
        "if part.kind in shapes and not holes:",
        "if part.kind in shapes:",
        ("tests/interchange/test_shapes_in_every_format.py", "-k", "table"),
    ),
    Rule(
        "an outline that crosses itself is taken over as its parts",
        "annotator/workflows/fitting_findings.py",
        "parts = mended(region.rings) if region.kind == Polygon.kind else ()",
        "parts = (region,)",
        ("tests/interchange/test_taking_over_shapes.py", "-k", "crosses"),
    ),
    # Maps and shapes
    Rule(
        "a pool at negative polarity shares by what is negative",
        "models/excitation/pooling.py",
        "positive_part(x * polarity)",
        "positive_part(x * abs(polarity))",
        ("tests/attribution/test_batch_norm.py", "-k", "polarity"),
    ),
    Rule(
        "parts that touch at a corner are two",
        "annotator/suggest/cutting.py",
        "connectivity=4",
        "connectivity=8",
        _CUT,
    ),
    Rule(
        "a pixel just at the level belongs to the part",
        "annotator/suggest/cutting.py",
        "values >= parameters.level * peak",
        "values > parameters.level * peak",
        _CUT,
    ),
    Rule(
        "a pixel on the far edge of a box is the next box's",
        "annotator/domain/regions/box.py",
        "(columns >= self.x) & (columns < self.x + self.width)",
        "(columns >= self.x) & (columns <= self.x + self.width)",
        _SHAPES,
    ),
    Rule(
        "a pixel on the edge of an ellipse lies inside",
        "annotator/domain/regions/box.py",
        "+ u[None, :] ** 2 <= 1.0",
        "+ u[None, :] ** 2 < 1.0",
        _SHAPES,
    ),
    # Trust
    Rule(
        "a whole number has the digest it is read back with",
        "db/chain/digests.py",
        "return float(value) if isinstance(kind, Float) else value",
        "return value",
        ("tests/persistence/test_tampering.py", "-k", "whole_number and not postgresql"),
    ),
    Rule(
        "of a chain the furthest end is remembered",
        "db/chain/heads.py",
        "max(head, heads.get(UUID(chain), head))",
        "head",
        ("tests/persistence/test_tampering.py", "-k", "furthest"),
    ),
    # The editor
    Rule(
        "a new act leaves nothing to redo",
        f"{_FRONTEND}/record/history.js",
        "    this.undone = [];\n    this.open = step.nudge && step;",
        "    this.open = step.nudge && step;",
        _EDITOR,
    ),
    Rule(
        "undo takes back one act",
        f"{_FRONTEND}/record/history.js",
        "pause >= 0 && pause < NUDGE_PAUSE_MS && ids(previous) === ids(step)",
        "ids(previous) === ids(step)",
        _EDITOR,
    ),
    Rule(
        "an outbox belongs to a person",
        f"{_FRONTEND}/record/outbox.js",
        "const whose = `${project}/${encodeURIComponent(rater)}/`;\n    if",
        "const whose = `${project}/`;\n    if",
        _EDITOR,
    ),
    Rule(
        "no key reaches an image that is not shown yet",
        f"{_FRONTEND}/input/pending_keys.js",
        "const atOnce = needs === 'nothing' || this.isPainted",
        "const atOnce = needs === 'nothing' || !this.isLeaving",
        _EDITOR,
    ),
)
