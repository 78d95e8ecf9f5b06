"""The harness's record in a plain file: a line of JSON per act.

A test can read what reached Python, and it is there again after the server was killed.
"""

import fcntl
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from annotator.domain import MaskChange, stated_region_from_json
from annotator.errors import StorageError
from annotator.ui.region_editor import AnyAct, EditorConflict, EditorRefusal, Saved

FOLDER = Path(os.environ["HARNESS_FOLDER"])


def record_path():
    return FOLDER / "acts.jsonl"


def recorded():
    if not record_path().exists():
        return []
    return [json.loads(line) for line in record_path().read_text().splitlines()]


def whole(acts):
    """Return acts with the region after each, where one says what changed of a mask."""
    regions, read = {}, []
    for act in acts:
        region = act["region"] if "decision" in act else None
        if region is not None:
            stated = stated_region_from_json(region)
            if isinstance(stated, MaskChange):
                stated = stated.applied_to(regions[str(stated.changes)])
                region = stated.to_json()
            regions[act["id"]] = stated
        read.append({**act, "region": region} if region is not None else act)
    return read


def subject(act):
    """What an act speaks of."""
    return act["document"], act.get("region_id"), act.get("label") if "value" in act else None


def on_acts(acts: list[AnyAct]) -> Saved:
    # What is sent again may come while a slow run is at the first: as in the record, one by one.
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return save(acts)


def save(acts: list[AnyAct]) -> Saved:
    if (FOLDER / "slow").exists():
        time.sleep(0.25)
    if (FOLDER / "full").exists():
        raise StorageError("The disk is full; make room and press Retry.")
    never = [path.name.removeprefix("never-") for path in FOLDER.glob("never-*")]
    before = whole(recorded())
    known = {act["id"] for act in before}
    latest = {subject(act): act for act in before}
    saved, clashes, refused = [], {}, []
    with record_path().open("a") as file:
        for act in acts:
            said = asdict(act)
            if act.document in never:
                refused.append(EditorRefusal(act.id, "Your reading of this image is signed."))
                continue
            now = latest.get(subject(said))
            is_new = act.id not in known and "remark" not in said
            is_late = (now or {}).get("id") != said.get("supersedes")
            if is_new and (subject(said) in clashes or is_late):
                clashes.setdefault(subject(said), EditorConflict(act.id, said["rater"], now))
                continue
            if act.id not in known:
                file.write(json.dumps(said) + "\n")
                latest[subject(said)] = whole([*before, said])[-1]
                before.append(latest[subject(said)])
            saved.append(act.id)
    return Saved(frozenset(saved), tuple(clashes.values()), tuple(refused))
