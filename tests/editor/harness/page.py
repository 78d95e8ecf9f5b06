"""A page that is nothing but the editor on made-up pictures; what it shows is in `desk`."""

import json

import streamlit as st
from acts_file import FOLDER
from desk import LINE, content, known

from annotator.ui.pixel_route import browser_key
from annotator.ui.region_editor import LinePass, region_editor


def sitting():
    """The test that sits at this page: each has an editor of its own."""
    return st.query_params.get("sitting", "0")


def begin_next_sitting():
    """Take over what the next test at this page wants to see."""
    wanted = FOLDER / f"after-{sitting()}.json"
    if wanted.exists():
        st.query_params.from_dict(json.loads(wanted.read_text()))
        wanted.unlink()


def renewed(image):
    st.query_params["image"] = image


def main():
    st.set_page_config("Editor harness", layout="wide")
    begin_next_sitting()
    with (FOLDER / "runs.log").open("a") as file:
        file.write("run\n")
    if st.query_params.get("menu") == "yes":
        st.selectbox("Order", ["as imported", "least sure first"])
        st.button("Press")
    asked = {key: value for key, value in st.query_params.items() if key != "image"}
    rater = asked.get("rater", "rater")
    region_editor(
        f"editor-{sitting()}",
        content(known(st.query_params.get("image", "")), asked, browser_key()),
        LINE.open(LinePass("harness", rater, json.dumps(asked)), browser_key()),
        on_renew=renewed,
    )


main()
