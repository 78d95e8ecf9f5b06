"""Study: how far readers are, how well they agree, and what became of suggestions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from annotator.dataset.csv_lines import csv_line
from annotator.domain import Permission, Project
from annotator.domain.plurals import counted
from annotator.figures import Figure
from annotator.ui.plain_text import plain_text
from annotator.ui.session import choose_project, errors_shown, may, workspace
from annotator.workflows.study_page import StudyOverview, study_overview

_Table = Mapping[str, Sequence[Any]]
_SECONDS = "Median seconds a case"
_AGREEMENT = {
    "percent": "Agreement",
    "base_rate": "Base rate",
    "cohen_kappa": "Cohen's kappa",
    "fleiss_kappa": "Fleiss' kappa",
    "pabak": "PABAK",
    "gwet_ac1": "Gwet's AC1",
    "krippendorff_alpha_nominal": "Krippendorff's alpha",
    "facs_index_pooled": "FACS agreement index",
    "icc_2_1": "ICC(2,1) of intensities",
    "detection_f1_iou_0.50": "F1 of regions (IoU 0.5)",
    "dice": "Dice",
}
_OUTCOMES = {
    "accepted": "accepted",
    "edited": "edited",
    "relabelled": "relabelled",
    "rejected": "rejected",
    "left_undecided": "left undecided",
}


def _columns(figures: Sequence[Figure]) -> dict[str, list[Any]]:
    """Return the columns of a table that have the figures, and why some have none."""
    return {
        "Value": [one.value for one in figures],
        "From": [one.interval[0] if one.interval else None for one in figures],
        "To": [one.interval[1] if one.interval else None for one in figures],
        "n": [one.n for one in figures],
        "Remark": [one.reason for one in figures],
    }


def _shown(title: str, table: _Table, chart: Mapping[str, Any] | None, alt: str) -> None:
    """Draw a chart with its table, and the table as a file."""
    name = title.lower().replace(" ", "-")
    with st.container(key=f"study-{name}"):
        st.subheader(plain_text(title), anchor=False)
        if chart is not None:
            # The table beside it is what a screen reader reads; marks without a value have no name.
            spec = {"description": f"{alt}; the table below has the same numbers", **chart}
            st.vega_lite_chart(_rows(table), spec, width="stretch", theme="streamlit")
        st.dataframe(
            table,
            hide_index=True,
            width="stretch",
            alt=alt,
            column_config={
                column: st.column_config.NumberColumn(format="%.2f")
                for column in ("Value", "From", "To", _SECONDS)
            },
        )
        st.download_button(
            "Download as CSV",
            _csv(table),
            file_name=f"{name}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"csv-{name}",
        )


def _rows(table: _Table) -> list[dict[str, Any]]:
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def _csv(table: _Table) -> str:
    return "".join(map(csv_line, (table, *zip(*table.values(), strict=True))))


def _readers(overview: StudyOverview) -> None:
    rows = overview.readers
    table: _Table = {
        "Reader": [row.reader for row in rows],
        "Assigned": [row.assigned for row in rows],
        "Signed": [row.signed for row in rows],
        _SECONDS: [row.seconds.value for row in rows],
        "From": [row.seconds.interval[0] if row.seconds.interval else None for row in rows],
        "To": [row.seconds.interval[1] if row.seconds.interval else None for row in rows],
        "Last signed (UTC)": [
            f"{row.last_signed:%Y-%m-%d %H:%M}" if row.last_signed else "" for row in rows
        ],
        "Questions open": [row.questions for row in rows],
        "Remark": [row.seconds.reason for row in rows],
    }
    chart = {
        "transform": [{"fold": ["Signed", "Assigned"], "as": ["What", "Images"]}],
        "mark": {"type": "bar", "tooltip": True, "aria": False},
        "encoding": {
            "y": {"field": "Reader", "type": "nominal", "title": None},
            "yOffset": {"field": "What"},
            "x": {"field": "Images", "type": "quantitative"},
            "color": {"field": "What", "type": "nominal", "title": None},
        },
    }
    _shown("Readers", table, chart, "Readers: images assigned and signed, time of a case")


def _agreement(overview: StudyOverview) -> None:
    records = [one for one in overview.agreement if one.figure in _AGREEMENT]
    if not records:
        return
    table = {
        "Label": [one.label or "all labels" for one in records],
        "Figure": [_AGREEMENT[one.figure] for one in records],
        **_columns([one.result for one in records]),
    }
    dots = {
        "mark": {"type": "point", "filled": True, "tooltip": True, "aria": False, "size": 70},
        "encoding": {"x": {"field": "Value", "type": "quantitative"}},
    }
    lines = {
        "mark": {"type": "rule", "tooltip": True, "aria": False},
        "encoding": {
            "x": {"field": "From", "type": "quantitative", "title": "Value, 95 % interval"},
            "x2": {"field": "To"},
        },
    }
    chosen = ("Agreement", "Krippendorff's alpha", "Gwet's AC1", "FACS agreement index")
    chart = {
        "transform": [{"filter": {"field": "Figure", "oneOf": list(chosen)}}],
        "encoding": {
            "y": {"field": "Label", "type": "nominal", "title": None},
            "yOffset": {"field": "Figure"},
            "color": {"field": "Figure", "type": "nominal", "title": None},
        },
        "layer": [lines, dots],
    }
    _shown("Agreement by label", table, chart, "Agreement of readers by label")


def _acceptance(overview: StudyOverview) -> None:
    for kind, title in (("label", "Suggestions by label"), ("version", "Suggestions by version")):
        records = [one for one in overview.effort if one.figure in _OUTCOMES and getattr(one, kind)]
        if not records:
            continue
        head = kind.capitalize()
        table = {
            head: [getattr(one, kind) for one in records],
            "Outcome": [_OUTCOMES[one.figure] for one in records],
            **_columns([one.result for one in records]),
        }
        chart = {
            "mark": {"type": "bar", "tooltip": True, "aria": False},
            "encoding": {
                "y": {
                    "field": head,
                    "type": "nominal",
                    "title": None,
                    "axis": {"labelLimit": 320},
                },
                "x": {
                    "field": "Value",
                    "type": "quantitative",
                    "title": "Share of the suggestions shown",
                    "axis": {"format": "%"},
                },
                "color": {
                    "field": "Outcome",
                    "type": "nominal",
                    "title": None,
                    "sort": list(_OUTCOMES.values()),
                },
            },
        }
        _shown(title, table, chart, f"What became of suggestions, by {kind}")


def _overview(project: Project) -> None:
    overview = study_overview(workspace(), project)
    if not overview.readers and not overview.images:
        st.info("Nobody is assigned images of this project, and nobody has signed one yet.")
        return
    readings, images = overview.readings, overview.images
    st.caption(
        f"Times are of the latest {counted(readings, 'signed readings')}; agreement and "
        f"suggestions are of {counted(images, 'images')} sampled from these. Of all images: "
        "annotator study agreement, and annotator study effort. Intervals are 95 %."
    )
    _readers(overview)
    _agreement(overview)
    _acceptance(overview)


def _page() -> None:
    st.title("Study", anchor=False)
    with errors_shown():
        project = choose_project()
        if project is None:
            return
        if not may(Permission.MANAGE, project.id):
            st.info("Only the managers of this project see how its readers agree.")
            return
        _overview(project)


_page()
