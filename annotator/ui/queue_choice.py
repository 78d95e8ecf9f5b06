"""The order and filters somebody goes through a project by: kept for the session, and drawn."""

from __future__ import annotations

import json

import streamlit as st

from annotator.domain import Project
from annotator.domain.queues import FIRST_OPEN, Only, Order, QueueChoice
from annotator.ui.plain_text import plain_text
from annotator.ui.session import name_in_address, rater, workspace
from annotator.workflows.queueing import chooses_order

_ADDRESS = "queue"

_SAID = {
    Order.UNDECIDED: "Undecided first",
    Order.IMPORTED: "As imported",
    Order.UNCERTAINTY: "Most uncertain first",
    Order.DISAGREEMENT: "Most disagreement first",
    Order.RANDOM: "Random",
}
_MEANS = {
    Order.UNDECIDED: "What waits for a decision, then what was skipped, then what is reviewed.",
    Order.IMPORTED: "In the order the images joined the project.",
    Order.UNCERTAINTY: "Where the network is least sure of its labels (entropy of its scores).",
    Order.DISAGREEMENT: "Where people rejected, changed or added most regions.",
    Order.RANDOM: "By chance; the same seed gives the same order again.",
}


def queue_choice(project: Project) -> QueueChoice:
    """Return what was chosen for a project: in this session, else by the page's address."""
    kept = st.session_state.get(_slot(project))
    asked = (
        kept
        if isinstance(kept, QueueChoice)
        else choice_from_text(str(st.query_params.get(_ADDRESS, "")))
    )
    known = asked.label is None or asked.label in project.label_set.codes
    if not chooses_order(workspace(), project.id, rater()):
        return QueueChoice(only=asked.only)
    return asked if known else FIRST_OPEN


def keep_queue_choice(project: Project, choice: QueueChoice) -> None:
    """Remember a choice, and name it in the page's address, so that a reload comes back to it."""
    st.session_state[_slot(project)] = choice
    name_in_address(_ADDRESS, choice_to_text(choice))


def order_in_words(choice: QueueChoice) -> str:
    """Return a choice in a line."""
    parts = [_SAID[choice.order]]
    if choice.order is Order.RANDOM:
        parts[0] += f" (seed {choice.seed or 'empty'})"
    if choice.only is not None:
        parts.append(f"{choice.only.value} only")
    if choice.label is not None:
        parts.append(choice.label)
    if choice.scores is not None:
        parts.append("scored {:.2f} to {:.2f}".format(*choice.scores))
    return " · ".join(parts)


def choose_queue(project: Project) -> QueueChoice:
    """Draw the choices, and return what is chosen now."""
    before = queue_choice(project)
    if not chooses_order(workspace(), project.id, rater()):
        # Readers who are kept apart go by the order of the protocol.
        choice = QueueChoice(only=_choose_only(project, before))
        keep_queue_choice(project, choice)
        return choice
    orders = list(Order)
    ordering, narrowing = st.columns([2, 3], gap="large")
    with ordering:
        order = st.selectbox(
            "Order",
            orders,
            index=orders.index(before.order),
            format_func=_SAID.__getitem__,
            key=f"order-{project.id}",
        )
        st.caption(_MEANS[order])
        seed = before.seed
        if order is Order.RANDOM:
            seed = st.text_input("Seed", value=before.seed, key=f"seed-{project.id}")
    with narrowing:
        only = _choose_only(project, before)
        label, scores = _label_filter(project, before)
    choice = QueueChoice(order, seed.strip(), only, label, scores)
    keep_queue_choice(project, choice)
    return choice


def _choose_only(project: Project, before: QueueChoice) -> Only | None:
    return st.segmented_control(
        "Show",
        list(Only),
        default=before.only,
        format_func=lambda one: one.value.capitalize(),
        key=f"only-{project.id}",
        help="Nothing chosen: all images.",
    )


def _label_filter(
    project: Project, before: QueueChoice
) -> tuple[str | None, tuple[float, float] | None]:
    codes = list(project.label_set.codes)
    words = {label.code: f"{label.code}: {label.meaning}" for label in project.label_set}
    named, scored = st.columns(2, vertical_alignment="bottom")
    label = named.selectbox(
        "Label",
        codes,
        index=codes.index(before.label) if before.label in codes else None,
        format_func=lambda code: words[code] if words[code] != f"{code}: {code}" else code,
        placeholder="any",
        key=f"label-{project.id}",
        help="Images on which a region of it is suggested or stated.",
    )
    if label is None or project.model_name is None:
        return label, None
    by_score = scored.checkbox(
        "by its score instead", value=before.scores is not None, key=f"by-score-{project.id}"
    )
    if not by_score:
        return label, None
    chosen = st.slider(
        f"Score of {plain_text(label)}", 0.0, 1.0, before.scores or (0.5, 1.0), 0.01,
        key=f"scores-{project.id}",
    )  # fmt: skip
    return label, (float(chosen[0]), float(chosen[1]))


def _slot(project: Project) -> str:
    return f"queue-choice-{project.id}"


def choice_to_text(choice: QueueChoice) -> str:
    """Return a choice as it stands in an address; empty for the usual order."""
    fields = {
        "order": choice.order.value,
        "seed": choice.seed,
        "only": choice.only.value if choice.only else None,
        "label": choice.label,
        "scores": choice.scores,
    }
    said = {name: value for name, value in fields.items() if value}
    return "" if choice == FIRST_OPEN else json.dumps(said)


def choice_from_text(text: str) -> QueueChoice:
    """Read a choice as `choice_to_text` wrote it; what cannot be read is the usual order."""
    try:
        said = json.loads(text)
        only, scores = said.get("only"), said.get("scores")
        return QueueChoice(
            Order(said["order"]),
            str(said.get("seed", "")),
            Only(only) if only else None,
            str(said["label"]) if said.get("label") else None,
            _scores(*scores) if scores else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return FIRST_OPEN


def _scores(least: float, most: float) -> tuple[float, float]:
    if not 0 <= float(least) <= float(most) <= 1:
        raise ValueError("scores lie between 0 and 1")
    return float(least), float(most)
