"""Operating points of a project's own: compared with the card's, recorded, or given up again."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Project
from annotator.domain.plurals import counted
from annotator.learning.operating_points import OperatingPoint, Rates
from annotator.ui.plain_text import plain_text
from annotator.ui.session import errors_shown, workspace
from annotator.workflows.recalibrating import RecalibrationReport, recalibrate, recalibration


def operating_points(project: Project) -> None:
    """Let a manager fit the classifier's operating points to the images that people finished."""
    st.text(
        "A label is suggested from its operating point on: the card's, which was chosen on other "
        "images. Another camera or scanner may need others; 20 to 50 finished images tell."
    )
    own = project.recalibration
    if own is not None:
        points = ", ".join(f"{code} {point:.2f}" for code, point in own.points)
        of = counted(own.images, "finished images")
        st.info(plain_text(f"This project has its own, chosen by {of}: {points}."))
    key = f"recalibration-{project.id}"
    if st.button("Compare with finished images", key=f"compare-{key}"):
        with errors_shown():
            st.session_state[key] = recalibration(workspace(), project.name)
    report: RecalibrationReport | None = st.session_state.get(key)
    if report is not None:
        _table(report)
    chosen = report.recalibration if report else None
    if chosen is None and own is None:
        return
    with st.form(f"form-{key}", border=False):
        reason = st.text_input("Reason", autocomplete="off", help="Recorded with the change")
        with st.container(horizontal=True):
            uses = chosen is not None and st.form_submit_button(
                "Use these operating points", type="primary"
            )
            resets = own is not None and st.form_submit_button("Use the card's again")
    if uses or resets:
        with errors_shown():
            new = None if resets else chosen
            recalibrate(workspace(), project.name, new, reason=reason)
            st.session_state.pop(key, None)
            st.rerun()


def _table(report: RecalibrationReport) -> None:
    st.table(
        {
            "Label": [plain_text(one.label) for one in report.points],
            "With it": [plain_text(one.present) for one in report.points],
            "Without": [plain_text(one.absent) for one in report.points],
            "Operating point": [plain_text(_change(one)) for one in report.points],
            "Sensitivity": [
                plain_text(_rate(one.before_rates, one.now_rates, "sensitivity"))
                for one in report.points
            ],
            "Specificity": [
                plain_text(_rate(one.before_rates, one.now_rates, "specificity"))
                for one in report.points
            ],
        }
    )
    st.caption(
        f"{counted(report.images, 'finished images')} with scores of this classifier. Sensitivity "
        "and specificity: by the card's point, then by points chosen without the images of the "
        "same subject. Images that have suggestions keep them until they are computed again "
        "(annotator suggest --again)."
    )
    if report.recalibration is None:
        st.text("Nothing to change: the operating points of the card stand.")


def _change(one: OperatingPoint) -> str:
    if one.kept:
        return f"{one.before:.2f} ({one.kept})"
    return f"{one.before:.2f} → {one.now:.2f}"


def _rate(before: Rates | None, now: Rates | None, name: str) -> str:
    if before is None or now is None:
        return "not known"
    return f"{getattr(before, name):.2f} → {getattr(now, name):.2f}"
