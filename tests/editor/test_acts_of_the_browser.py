"""Acts that a browser sends: read into the domain's values, and refused where they are wrong."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from annotator.domain import Annotation, Decision, LabelValue, Presence, Remark, RemarkKind
from annotator.errors import AnnotatorError
from annotator.ui.region_editor import EditorAct, act_from_json, act_to_json

BOX = {"type": "box", "x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0}


def new() -> str:
    return str(uuid.uuid4())


def region_act(**more: Any) -> dict[str, Any]:
    return {
        "kind": "region",
        "id": new(),
        "document": new(),
        "rater": "A",
        "reading_id": new(),
        "region_id": new(),
        "action": "accept",
        "decision": "accepted",
        "label": "AU12",
        "region": BOX,
        "derived_from": new(),
        "supersedes": None,
        **more,
    }


def label_act(**more: Any) -> dict[str, Any]:
    head = {key: region_act()[key] for key in ("id", "document", "rater", "reading_id")}
    said = {"label": "AU12", "value": "present", "intensity": "C", "side": "L", "supersedes": None}
    return {"kind": "label", **head, **said, **more}


def remark(**more: Any) -> dict[str, Any]:
    head = {key: region_act()[key] for key in ("id", "document", "rater", "reading_id")}
    said = {"remark": "note", "text": "blurred", "region_id": None, "answers": None}
    return {"kind": "remark", **head, **said, **more}


def test_each_kind_becomes_a_value_of_the_domain() -> None:
    sent = region_act()
    act = act_from_json(sent).as_domain()
    assert isinstance(act, Annotation)
    assert (str(act.id), act.decision, act.label) == (sent["id"], Decision.ACCEPTED, "AU12")
    assert (str(act.reading_id), str(act.derived_from)) == (
        sent["reading_id"],
        sent["derived_from"],
    )
    value = act_from_json(label_act()).as_domain()
    assert isinstance(value, LabelValue)
    assert (value.value, value.intensity, value.side) == (Presence.PRESENT, "C", "L")
    said = act_from_json(remark(remark="skip")).as_domain()
    assert isinstance(said, Remark)
    assert (said.kind, said.text, said.region_id) == (RemarkKind.SKIP, "blurred", None)


def test_what_an_earlier_version_kept_in_a_browser_is_still_read() -> None:
    old = {k: v for k, v in region_act().items() if k not in ("kind", "reading_id")}
    act = act_from_json(old)
    assert isinstance(act, EditorAct)
    assert act.reading_id is None


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"kind": "region"},
        region_act(kind="wish"),
        region_act(id="7"),
        region_act(reading_id="x"),
        region_act(decision="maybe"),
        region_act(action="drop table"),
        region_act(region={"type": "box"}),
        region_act(region=None),
        region_act(label=3),
        region_act(supersedes=12),
        region_act(surprise=True),
        label_act(value="perhaps"),
        label_act(intensity="F"),
        label_act(side="T"),
        label_act(label=None),
        remark(remark="issue"),
        remark(remark="shout"),
        remark(text="x" * 4001),
        remark(text=None),
    ],
)
def test_what_is_wrong_is_refused_with_a_sentence(sent: dict[str, Any]) -> None:
    with pytest.raises(AnnotatorError, match=r"\w{4,}.*[.;]"):
        act_from_json(sent)


@pytest.mark.parametrize("sent", [region_act(), label_act(), remark()])
def test_what_counts_now_is_told_in_the_browsers_words(sent: dict[str, Any]) -> None:
    told = act_to_json(act_from_json(sent).as_domain())
    assert told.items() <= {**sent, "id": sent["id"]}.items()


@pytest.mark.parametrize("field", ["id", "region_id"])
@pytest.mark.parametrize("value", [None, 1, "", "\ud800"])
def test_an_act_without_ids_is_refused_before_anything_is_done_with_it(
    field: str, value: Any
) -> None:
    with pytest.raises(AnnotatorError, match="cannot be read"):
        act_from_json(region_act(**{field: value}))
