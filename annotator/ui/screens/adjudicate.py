"""Adjudicate: what the readers said, side by side, and a decision with a reason."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import streamlit as st

from annotator.domain import (
    Annotation,
    BoundingBox,
    LabelValue,
    Mask,
    Project,
    Round,
    fact_in_words,
    label_facts,
)
from annotator.domain.plurals import counted
from annotator.errors import ProtocolError
from annotator.ui.drawn_image import drawn_image
from annotator.ui.plain_text import plain_text
from annotator.ui.session import choose_project, current_id, errors_shown, rater, workspace
from annotator.workflows.adjudicating import (
    OpenAdjudication,
    adjudicate,
    adjudication_queue,
    open_adjudication,
)
from annotator.workflows.reading import raise_issue
from annotator.workflows.side_by_side import (
    Place,
    Ruling,
    facts_by_label,
    final_reads,
    merged,
    places,
    ruled,
    ruled_value,
)

if TYPE_CHECKING:
    from annotator.domain import Act

_ROUNDS = {
    Round.FIRST: "first read",
    Round.REVEALED: "after the reveal",
    Round.ADJUDICATION: "adjudication",
}


def _waiting(project: Project) -> uuid.UUID | None:
    """Return the image to adjudicate: the address's, or the first that waits."""
    wanted = current_id("adjudicate")
    if wanted is not None:
        return wanted
    try:
        waiting = adjudication_queue(workspace(), project.id)
    except ProtocolError as error:
        st.info(f"{plain_text(error)} Choose one on the page Projects, under Reading.")
        return None
    if not waiting:
        st.success("Nothing waits for adjudication.", icon=":material/check_circle:")
        return None
    more = "50 images or more wait" if len(waiting) == 50 else counted(len(waiting), "images wait")
    st.caption(f"{more} for adjudication; this is the first.")
    return waiting[0]


def _side_by_side(opened: OpenAdjudication) -> None:
    st.subheader("What was read", anchor=False)
    for column, read in zip(st.columns(max(2, len(opened.reads))), opened.reads, strict=False):
        with column:
            reading = read.reading
            st.markdown(
                f"**{plain_text(reading.rater)}** · {_ROUNDS[reading.round]}",
                help=reading.arm.value,
            )
            drawn_image(workspace(), opened.asset, read.annotations, reading.rater)
            facts = label_facts(read.annotations, read.label_values, opened.run)
            for _, fact in sorted(facts.items()):
                st.caption(plain_text(fact_in_words(fact)))
            if not read.annotations and not read.label_values:
                st.caption("Signed: no findings.")


def _act_in_words(act: Annotation) -> str:
    *_, width, height = act.region.frame
    return f"{act.rater}: {act.label}, {width:.0f} by {height:.0f} px"


def _rule_places(found: list[Place], key: str) -> list[Annotation | None]:
    """Draw a choice for each place; where readers disagree, nothing is chosen beforehand."""
    acts: list[Annotation | None] = []
    for number, place in enumerate(found, 1):
        options: list[Annotation | Ruling] = [*place.acts]
        one = merged(place.acts)
        if len(place.acts) > 1:
            options += [Ruling.MERGED] if one is not None else []
        options.append(Ruling.LEFT_OUT)
        ruling = st.radio(
            f"{number}. {plain_text(place.label)}: {'agreed' if place.agreed else 'disagreed'}",
            options,
            index=0 if place.agreed else None,
            format_func=lambda option, one=one: plain_text(_option_in_words(option, one)),
            horizontal=True,
            key=f"{key}-place-{number}",
        )
        acts.append(None if ruling is None else ruled(place, ruling, rater()))
    return acts


def _option_in_words(option: Annotation | Ruling, one: Mask | BoundingBox | None) -> str:
    if isinstance(option, Annotation):
        return _act_in_words(option)
    if option is Ruling.LEFT_OUT:
        return "Leave out"
    if isinstance(one, Mask):
        return f"Merge: the {one.area_px:.0f} px that most of them marked"
    return "Merge: the mean of their boxes"


def _rule_values(opened: OpenAdjudication, key: str) -> list[LabelValue | None]:
    reads = final_reads(opened)
    acts: list[LabelValue | None] = []
    for label, facts in facts_by_label(reads, opened.run).items():
        said = {fact.words: (rater_, fact) for rater_, fact in facts}
        agreed = len(said) == 1 and len(facts) == len(reads)
        chosen = st.radio(
            f"{plain_text(label)} on the whole image: {'agreed' if agreed else 'disagreed'}",
            list(said.values()),
            index=0 if agreed else None,
            format_func=lambda one: plain_text(f"{one[0]}: {fact_in_words(one[1])}"),
            horizontal=True,
            key=f"{key}-value-{label}",
        )
        image_id = opened.asset.id
        acts.append(None if chosen is None else ruled_value(chosen[1], image_id, rater()))
    return acts


def _decide(opened: OpenAdjudication) -> None:
    st.subheader("Your decision", anchor=False)
    reads, key = final_reads(opened), f"rule-{opened.asset.id}"
    with st.form(key):
        ruled_acts: list[Act | None] = [*_rule_places(places(reads), key)]
        ruled_acts += _rule_values(opened, key)
        reason = st.text_input("Reason", autocomplete="off", key=f"{key}-reason")
        if not st.form_submit_button("Sign the adjudication", type="primary"):
            return
    acts = [act for act in ruled_acts if act is not None]
    if len(acts) < len(ruled_acts):
        st.error("Choose for each line; nothing was recorded yet.", icon=":material/error:")
        return
    with errors_shown():
        adjudicate(workspace(), opened.asset.id, rater(), acts, reason)
        st.query_params.pop("adjudicate", None)
        st.toast("The adjudication is signed; what the readers said stays beside it.")
        st.rerun()


def _ask(opened: OpenAdjudication) -> None:
    acts = [act for read in final_reads(opened) for act in read.annotations]
    if not acts:
        return
    with (
        st.popover("Ask a reader about a region", icon=":material/help:"),
        st.form(f"ask-{opened.asset.id}", border=False, clear_on_submit=True),
    ):
        act: Annotation = st.selectbox("Region", acts, format_func=_act_in_words)
        text = st.text_area("Question", height=80)
        if st.form_submit_button("Send it to its reader", type="primary"):
            with errors_shown():
                raise_issue(workspace(), opened.asset.id, act.id, text.strip(), reviewer=rater())
                st.query_params.pop("adjudicate", None)
                st.toast(
                    f"{plain_text(act.rater)} has the question, and the reading is open again."
                )
                st.rerun()


def _page() -> None:
    st.title("Adjudicate", anchor=False)
    with errors_shown():
        project = choose_project()
        if project is None:
            return
        if not rater():
            st.warning("State your name in the side bar: it is recorded with the adjudication.")
            return
        image_id = _waiting(project)
        if image_id is None:
            return
        opened = open_adjudication(workspace(), image_id, rater())
        differing = ", ".join(opened.disagreements) or "nothing"
        st.markdown(
            f"**{plain_text(opened.asset.file_name)}** · the readers disagree on: "
            f"{plain_text(differing)}"
        )
        _side_by_side(opened)
        if opened.own.reading.signed_at is None:
            _decide(opened)
            _ask(opened)
        else:
            st.info("You have signed the adjudication of this image.")


_page()
