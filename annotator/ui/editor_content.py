"""What a reader may see of an image, as the region editor is told it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from annotator.domain import (
    Annotation,
    FaceChoice,
    ImageAsset,
    MapRecord,
    Presence,
    Project,
    RemarkKind,
    Suggestion,
    SuggestionRun,
    face_midline,
    label_facts,
)
from annotator.domain.sequences import Axis, SequenceKind, sequence_place
from annotator.domain.vocabularies import vocabulary, vocabulary_data
from annotator.ingest import PixelStore
from annotator.ui.pixel_route import PIXELS, PixelContent
from annotator.ui.reading_bar import bar_of
from annotator.ui.region_editor import (
    EditorContent,
    EditorFaces,
    EditorFrames,
    EditorImage,
    EditorLabel,
    EditorLabelValue,
    EditorRegion,
    EditorRemarkShown,
    MapOverlay,
    encode_image,
    encode_map,
    kind_of,
)
from annotator.workflows.annotating import OpenImage, map_on_image, require_maps
from annotator.workflows.workspace import Workspace

_FACS = "facs"
_SMALL_PX = 2**19
_FACE_CHOICES = {
    FaceChoice.PROMINENT: "most prominent",
    FaceChoice.TRACKED: "tracked person",
    FaceChoice.RATER: "chosen by hand",
}


class ContentOfImage:
    """Tells the editor about one open image.

    Parameters
    ----------
    workspace : Workspace
    project : Project
    view : OpenImage
        What this reader may see of it.
    rater : str
    browser : str
        The browser that pixels are for, see `PixelRoute.url_for`.
    figures : mapping of str to str, optional
        What was measured of the network, by label.
    next_run : SuggestionRun, optional
        What the machine said of the next image, where this reader may see it.
    """

    def __init__(
        self,
        workspace: Workspace,
        project: Project,
        view: OpenImage,
        rater: str,
        browser: str,
        figures: Mapping[str, str] = MappingProxyType({}),
        next_run: SuggestionRun | None = None,
    ) -> None:
        self._workspace = workspace
        self._project = project
        self._view = view
        self._rater = rater
        self._browser = browser
        self._figures = figures
        self._next_run = next_run

    def content(self) -> EditorContent:
        """Return all of it."""
        view, place = self._view, self._view.place
        return EditorContent(
            document=str(view.asset.id),
            image=self._image(view.asset),
            regions=self._regions(),
            labels=self._labels(),
            maps=self._maps(),
            label_values=self._label_values(),
            midline=face_midline(view.run),
            remarks=[
                EditorRemarkShown(
                    str(r.id), r.kind, r.text, r.rater, _text(r.region_id), _text(r.answers)
                )
                for r in view.remarks
            ],
            reading_id=str(view.reading.id) if view.reading else None,
            facs_url=self._facs_url(),
            owner=str(self._project.id),
            rater=self._rater,
            caption=f"{_named(view)} · {place.position} of {place.total}",
            notices=self._notices(),
            prefetch=self._ahead(),
            previous=_text(place.previous_id),
            next=_text(place.next_id),
            can_sign=view.editable,
            readonly=not view.editable,
            frames=_frames(view),
            faces=_faces(view),
            bar=bar_of(self._workspace, self._project, view, self._rater),
            must_decide=self._project.protocol.decide_all,
            masks_may_overlap=self._project.protocol.masks_may_overlap,
        )

    # ---- regions and labels -----------------------------------------------------------------

    def _regions(self) -> list[EditorRegion]:
        """Return the suggestions in the machine's order, then what raters drew."""
        view = self._view
        suggestions = {s.id: s for s in view.run.suggestions} if view.run else {}
        before = {s.id: s for s in view.decided_suggestions if s.id not in suggestions}
        suggestions |= before
        acts = {act.region_id: act for act in view.annotations}
        proposed = [
            self._acted_on(acts[key], suggestion, before=key in before)
            if key in acts
            else self._untouched(suggestion)
            for key, suggestion in suggestions.items()
        ]
        drawn = [self._acted_on(act, None) for key, act in acts.items() if key not in suggestions]
        return proposed + drawn

    def _untouched(self, suggestion: Suggestion) -> EditorRegion:
        region = suggestion.region.to_json()
        return EditorRegion(
            id=str(suggestion.id),
            label=suggestion.label,
            region=region,
            score=suggestion.score,
            proposed_region=region,
            proposed_label=suggestion.label,
            reason=_reason(suggestion),
            quality=self._figures.get(suggestion.label, ""),
            cut_level=_cut_level(self._view.run),
        )

    def _acted_on(
        self, act: Annotation, suggestion: Suggestion | None, *, before: bool = False
    ) -> EditorRegion:
        return EditorRegion(
            id=str(act.region_id),
            label=act.label,
            region=act.region.to_json(),
            decision=act.decision,
            origin="suggestion" if suggestion else "rater",
            score=suggestion.score if suggestion else None,
            proposed_region=suggestion.region.to_json() if suggestion else None,
            proposed_label=suggestion.label if suggestion else None,
            proposed_before=before,
            reason=_reason(suggestion) if suggestion else "",
            quality=self._figures.get(suggestion.label, "") if suggestion else "",
            cut_level=_cut_level(self._view.run) if suggestion and not before else None,
            last_act=str(act.id),
        )

    def _labels(self) -> list[EditorLabel]:
        run = self._view.run if self._view.sights.scores else None
        scores = run.scores if run else {}
        return [
            EditorLabel(
                label.code,
                label.meaning,
                scores.get(label.code),
                self._figures.get(label.code, "") if run else "",
            )
            for label in self._project.label_set.offered
        ]

    def _label_values(self) -> list[EditorLabelValue]:
        """Return what is stated of labels; what a later region overrules is taken back."""
        view = self._view
        facts = label_facts(view.annotations, view.label_values, view.run)
        return [
            EditorLabelValue(v.label, v.value, v.intensity, v.side, str(v.id))
            if facts[v.label].stated is v
            else EditorLabelValue(v.label, Presence.NOT_ASSESSED, last_act=str(v.id))
            for v in view.label_values
        ]

    def _facs_url(self) -> str | None:
        scheme = vocabulary(_FACS).scheme
        if not any(label.scheme == scheme for label in self._project.label_set):
            return None

        def produce() -> PixelContent:
            return PixelContent(json.dumps(vocabulary_data(_FACS)).encode(), "application/json")

        return PIXELS.url_for(f"vocabulary:{_FACS}", produce, self._browser)

    def _notices(self) -> list[str]:
        view = self._view
        said = [view.closed] if view.closed else []
        said += [f"An issue was raised: {issue.text}" for issue in view.open_issues]
        signed = view.reading is not None and view.reading.signed_at is not None
        if signed and not view.editable and not view.closed:
            said.append("Your reading of this image is signed; it can be looked at only.")
        skips = [r for r in view.remarks if r.kind in (RemarkKind.SKIP, RemarkKind.UNSKIP)]
        if skips and skips[-1].kind is RemarkKind.SKIP:
            said.append(f"This image was skipped: {skips[-1].text}")
        if view.run is not None:
            return [*said, *view.run.notices]
        if self._project.model_name is None or not view.sights.anything:
            return said
        return [
            *said,
            "No suggestions were computed for this image yet; start them on the page Projects.",
        ]

    # ---- pixels and maps --------------------------------------------------------------------

    def _image(self, asset: ImageAsset) -> EditorImage:
        return EditorImage(
            url=self._pixel_url(asset),
            content=asset.pixels_sha256,
            width=asset.width,
            height=asset.height,
            kind=kind_of(asset.bits),
            window=asset.window,
            display=asset.display,
            series=_series(self._project, asset),
        )

    def _pixel_url(self, asset: ImageAsset) -> str:
        store, record = self._workspace.pixels, self._workspace.record

        def produce() -> PixelContent:
            if kind_of(asset.bits) == "png8":
                return PixelContent(store.encoded(asset.pixels_sha256), "image/png")
            if asset.width * asset.height > _SMALL_PX:
                return _encoded(store, asset.pixels_sha256)
            record.image(asset.id)  # what is kept in memory may have been erased since
            return _small_encoded(store, asset.pixels_sha256)

        return PIXELS.url_for(f"image:{asset.pixels_sha256}", produce, self._browser)

    def _maps(self) -> list[MapOverlay]:
        view = self._view
        if not view.sights.maps or view.run is None:
            return []
        return [self.overlay(record, view.asset, view.run) for record in view.run.maps]

    def _ahead(self) -> list[str]:
        """Return the addresses of the next image's pixels and map, and of the frames beside."""
        beside = [self._pixel_url(frame) for frame in reversed(self._view.near_frames)]
        asset, run = self._view.next_asset, self._next_run
        if asset is None:
            return beside
        first = run.suggestions[0].label if run and run.suggestions else None
        shown = [record for record in (run.maps if run else ()) if record.label == first][:1]
        return [
            self._pixel_url(asset),
            *(self.overlay(record, asset, run).url for record in shown),
            *beside,
        ]

    def overlay(
        self, record: MapRecord, asset: ImageAsset, run: SuggestionRun | None
    ) -> MapOverlay:
        """Return a map of an image in a run as the editor is told of it."""
        workspace, project, rater = self._workspace, self._project, self._rater
        # Another face of the image has other maps of the same labels.
        content = (
            f"map:{asset.id}:{run.id if run else ''}:{record.label}:{record.against}:{record.layer}"
        )

        def produce() -> PixelContent:
            # The address outlives the page it was drawn on: what may be seen is asked again.
            require_maps(workspace, project.id, asset.id, rater)
            return encode_map(map_on_image(record, asset))

        return MapOverlay(
            label=record.label,
            against=record.against,
            url=PIXELS.url_for(f"{content}:{rater}", produce, self._browser),
            content=content,
            title=f"{record.label} against {_rival(record.against)}",
        )


def _encoded(store: PixelStore, pixels_sha256: str) -> PixelContent:
    return encode_image(store.get(pixels_sha256))


# Readers of a project go through the same slices; large films would fill the memory.
_small_encoded = lru_cache(maxsize=64)(_encoded)


def _named(view: OpenImage) -> str:
    """Return the file's name and, where no bar under the image says it, the frame from 1."""
    name, frame = view.asset.file_name, view.asset.frame
    return name if frame is None or _frames(view) else f"{name} · frame {frame + 1}"


def _series(project: Project, asset: ImageAsset) -> str | None:
    """Return what names the sequence of a frame to the browser, without telling which it is."""
    place = sequence_place(asset)
    return str(place.stack_id(project.id)) if place else None


def _frames(view: OpenImage) -> EditorFrames | None:
    if view.frames is None or view.frames.total < 2:
        return None
    noun, at = "frame", ""
    place = sequence_place(view.asset)
    if place and place.axis is Axis.TIME_S:
        at = _clock(place.place)
    elif place and (place.kind is SequenceKind.VOLUME or "series" in place.stack):
        noun = "slice"
    if place and place.axis is Axis.POSITION_MM:
        noun, at = "slice", f"{place.place:.1f} mm".replace("-", "\N{MINUS SIGN}")
    return EditorFrames(view.frames.position, view.frames.total, at, noun)


def _clock(time_s: float) -> str:
    """Return a time in a video as ``3:07.40`` (minutes, seconds), with hours where there are."""
    minutes, hundredths = divmod(round(100 * time_s), 6000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{hundredths // 100:02d}.{hundredths % 100:02d}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def _faces(view: OpenImage) -> EditorFaces | None:
    if view.run is None or not view.face_is_open:
        return None
    chosen = view.run.chosen_face
    if chosen is None:
        return EditorFaces()
    return EditorFaces(chosen.box.to_json(), _FACE_CHOICES[chosen.how])


def _cut_level(run: SuggestionRun | None) -> float | None:
    cut = run.provenance.parameters.get("cut") if run else None
    return float(cut["level"]) if cut else None


def _text(key: object | None) -> str | None:
    return None if key is None else str(key)


def _rival(against: str) -> str:
    contrasts = {"dual": "everything else", "rest": "the other labels", "none": "nothing"}
    return contrasts.get(against, against)


def _reason(suggestion: Suggestion) -> str:
    if not suggestion.strength and not suggestion.explained_mass:  # there is no map of it
        return "taken over from a file"
    words = [f"against {_rival(suggestion.against)}"]
    words.append(f"{_share(suggestion.strength)} of the map inside")
    check = suggestion.check
    if check is None:
        return " · ".join(words)
    if check.score_without is not None and suggestion.score is not None:
        scores = f"{_score(suggestion.score)} → {_score(check.score_without)}"
        words.append(f"without this region: {suggestion.label} {scores}")
    words += ["outline fitted to edges"] if check.fitted else []
    return " · ".join(words + ([] if check.reliability is None else [_cases(check.reliability)]))


def _score(score: float) -> str:
    """Return a score as ``.97``; what is not quite all, or nothing, is not rounded to it."""
    if score in (0, 1):
        return f"{score:.0f}"
    return "> .99" if score > 0.99 else "< .01" if score < 0.01 else f"{score:.2f}"[1:]


def _cases(reliability: float) -> str:
    """Return the chance that a suggestion is right, as people count."""
    tenths = round(10 * reliability)
    if 0 < tenths < 10:
        return f"right in about {tenths} of 10 such cases"
    return f"right in {'more than 9' if tenths else 'fewer than 1'} of 10 such cases"


def _share(share: float) -> str:
    """Return a share in percent; what is not all is not rounded to all."""
    return "> 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"
