"""Where images stand in sequences, kept beside what else follows from them, on both databases."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from annotator.domain import ImageAsset, SliceGeometry
from annotator.domain.sequences import sequences_of
from annotator.record import Record

AXIAL = SliceGeometry((0, 0, 0), (1, 0, 0), (0, 1, 0), (0.8, 0.8), 5.0, None, "space-1")
BLANK = "0b" * 32


def ct_slice(number: int, z: float, pixels: str = "", series: str = "series-1") -> ImageAsset:
    display = {
        "geometry": replace(AXIAL, position_mm=(0.0, 0.0, z)).to_json(),
        "origin": {"series": series, "instance": number},
    }
    sha256 = pixels or uuid.uuid4().hex * 2
    return ImageAsset(
        f"{number}.dcm", 8, 6, sha256, uuid.uuid4().hex * 2, "CT", 16, 1, (0, 1), display=display
    )


def order(record, project, asset) -> list[str]:
    frames = record.queue.frames(project.id, asset)
    ids = [record.queue.frame_at(project.id, asset, n + 1) for n in range(frames.total)]
    return [image.file_name for image in record.images_of(ids)]


@pytest.fixture
def shuffled(record, project):
    slices = [ct_slice(n, z) for n, z in enumerate((10.0, -5.0, 0.0, 5.0))]
    record.add_images(project.id, slices)
    return slices


def test_frames_of_a_series_go_along_its_axis(record, project, shuffled):
    assert order(record, project, shuffled[0]) == ["1.dcm", "2.dcm", "3.dcm", "0.dcm"]
    place = record.queue.frames(project.id, shuffled[2])
    assert (place.position, place.total) == (2, 4)
    assert (place.previous_id, place.next_id) == (shuffled[1].id, shuffled[3].id)


def test_a_slice_that_comes_later_takes_its_place(record, project, shuffled):
    record.add_images(project.id, [ct_slice(9, 2.5)])
    assert order(record, project, shuffled[0])[:3] == ["1.dcm", "2.dcm", "9.dcm"]


def test_equal_pixels_at_two_places_are_two_frames(record, project):
    blank = [ct_slice(n, 5.0 * n, BLANK) for n in range(3)]
    added = record.add_images(project.id, blank)
    assert [len(added.added), len(added.duplicates)] == [3, 0]
    again = record.add_images(project.id, [ct_slice(1, 5.0, BLANK)])
    assert [image_id for _, image_id in again.duplicates] == [blank[1].id]


@pytest.mark.parametrize("frame", [None, 3])
def test_a_frame_of_a_file_is_there_once_whatever_it_says_of_its_place(record, project, frame):
    """Earlier versions kept less of a header: the stack of what they took in is another."""
    before = replace(ct_slice(1, 5.0, BLANK), frame=frame)
    record.add_images(project.id, [before])
    record.remove_images(project.id, [before.id], actor="A", reason="blurred")
    now = replace(
        before, id=uuid.uuid4(), display=before.display | {"acquisition": {"echo_time_ms": 20.0}}
    )
    added = record.add_images(project.id, [now])
    assert [image_id for _, image_id in added.duplicates] == [before.id]
    assert added.put_back


def test_one_with_no_place_is_there_if_its_pixels_are(record, project):
    record.add_images(project.id, [ct_slice(1, 0.0, BLANK)])
    photograph = ImageAsset("a.png", 8, 6, BLANK, "cd" * 32)
    assert len(record.add_images(project.id, [photograph]).duplicates) == 1
    series = [ct_slice(n, 0.0, BLANK, f"series-{n}") for n in (2, 3)]
    assert len(record.add_images(project.id, series).added) == 2


def test_a_second_slice_at_one_place_is_of_another_repeat(record, project, shuffled):
    twin = ct_slice(8, 0.0)
    record.add_images(project.id, [twin])
    assert len(order(record, project, shuffled[0])) == 4
    assert order(record, project, twin) == ["8.dcm"]
    one, other = sequences_of(project.id, record.images(project.id))
    assert [len(one.frames), len(other.frames), other.repeat] == [4, 1, 2]


def test_removed_slices_are_left_out_and_others_stay_in_their_repeat(record, project, shuffled):
    twin = ct_slice(8, 0.0)
    record.add_images(project.id, [twin])
    record.remove_images(project.id, [shuffled[2].id], actor="A", reason="blurred")
    assert order(record, project, shuffled[0]) == ["1.dcm", "3.dcm", "0.dcm"]
    assert order(record, project, twin) == ["8.dcm"]


def test_what_is_kept_of_sequences_is_checked(record, project, shuffled, url, execute):
    assert record.problems() == []
    execute(url, "UPDATE image_states SET place = 77.0 WHERE position = 1")
    assert len(record.problems()) == 1


def test_existing_projects_have_their_sequences_after_the_step(
    record, project, shuffled, url, execute
):
    digests = execute(url, "SELECT hash FROM events ORDER BY chain, number")
    before = order(record, project, shuffled[0])
    back_to_0006(url, execute)
    with Record.open(url) as upgraded:
        upgraded.upgrade()
        assert upgraded.problems() == []
        assert upgraded.safekeeping.faults() == []
        assert order(upgraded, project, shuffled[0]) == before
    after = execute(url, "SELECT hash FROM events ORDER BY chain, number")
    assert set(digests) < set(after)
    assert len(after) == len(digests) + 1


def back_to_0006(url, execute):
    for statement in (
        "DROP INDEX ix_image_states_project_id_stack_position",
        "ALTER TABLE image_states DROP COLUMN stack",
        "ALTER TABLE image_states DROP COLUMN place",
        "UPDATE alembic_version SET version_num = '0006'",
    ):
        execute(url, statement)
    name, of = "uq_images_project_id_pixels_sha256", "UNIQUE (project_id, pixels_sha256"
    before, after = f"{name} {of})", f"{name}_source_sha256_frame {of}, source_sha256, frame)"
    if not url.startswith("sqlite"):
        execute(url, f"ALTER TABLE images DROP CONSTRAINT {after.split(' ', maxsplit=1)[0]}")
        execute(url, f"ALTER TABLE images ADD CONSTRAINT {before}")
        return
    execute(
        url,
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_schema SET sql = replace(sql, '{after}', '{before}')",  # noqa: S608
        "PRAGMA writable_schema = RESET",
        "REINDEX images",
    )
