"""The faces of a film, followed: which of them are one person's.

A face goes on from the frame before where it is near and its colours agree; after a gap or a cut
only colours tell. Where two ways to link are about as good, a new person begins: one person may
come to be called two, and two persons should not be called one. Nobody is recognised: persons are
numbers within one file.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..domain import BoundingBox
from .pictures import Pixels
from .video import VideoFrame

FaceFinder = Callable[[Pixels], Sequence[tuple[BoundingBox, float]]]
"""Returns the faces of a picture and how surely each is one, in [0, 1]."""

NEAR_S = 1.5
"""After a longer gap a place tells nothing."""
OTHER_COLOURS = 0.4
"""Hellinger distance from which colours are another person's, however near."""
SAME_COLOURS = 0.2
"""Below this, and clearly below everybody else's, colours alone are the same person's."""
CLEARLY = 0.06
_NEW_LOOK = 0.15
_MOST_LOOKS = 12
_SIDE_PX = 48
_BINS = (12, 6, 6)


class Sighting(NamedTuple):
    """A face on a frame."""

    frame: int
    time_s: float
    box: BoundingBox


@dataclass(slots=True)
class Person:
    """Somebody who is seen in a film.

    Attributes
    ----------
    sightings : list of Sighting
        In the order of time, one a frame at most.
    looks : list of ndarray of float32
        Colours of the face in some ways in which it looked: turned, lit, partly hidden.
    """

    sightings: list[Sighting] = field(default_factory=list)
    looks: list[npt.NDArray[np.float32]] = field(default_factory=list)


class _Face(NamedTuple):
    box: BoundingBox
    colours: npt.NDArray[np.float32]


class _Link(NamedTuple):
    cost: float
    face: int
    person: int


class Tracker:
    """Follows faces from frame to frame; holds boxes and no pixels.

    Parameters
    ----------
    find_faces : callable
    """

    def __init__(self, find_faces: FaceFinder) -> None:
        self._find = find_faces
        self._people: list[Person] = []
        self._cut_s = 0.0

    def step(self, frame: VideoFrame) -> None:
        """Take the next frame."""
        if frame.begins_scene:
            self._cut_s = frame.time_s
        found = [box for box, _ in self._find(frame.pixels)]
        faces = [_Face(box, face_colours(frame.pixels, box)) for box in found]
        links = self._near(faces, frame.time_s)
        links |= self._alike(faces, links)
        for number, face in enumerate(faces):
            if number not in links:
                self._people.append(Person())
            person = self._people[links.get(number, -1)]
            person.sightings.append(Sighting(frame.number, frame.time_s, face.box))
            if len(person.looks) < _MOST_LOOKS and _distance(face, person) > _NEW_LOOK:
                person.looks.append(face.colours)

    def people(self) -> tuple[Person, ...]:
        """Return who was seen: in most frames first, then whoever came first."""
        return tuple(sorted(self._people, key=lambda person: -len(person.sightings)))

    def _near(self, faces: Sequence[_Face], time_s: float) -> dict[int, int]:
        """Link faces to the persons who were there a moment ago."""
        costs: dict[tuple[int, int], float] = {}
        for (f, face), (p, person) in itertools.product(enumerate(faces), enumerate(self._people)):
            last = person.sightings[-1]
            if last.time_s < max(self._cut_s, time_s - NEAR_S):
                continue
            nearness, colours = _nearness(face.box, last.box), _distance(face, person)
            if nearness > 0 and colours < OTHER_COLOURS:
                costs[f, p] = (1 - nearness) / 2 + colours
        links = _cheapest(costs)
        unsure = set()
        for (f, p), (g, q) in itertools.combinations(links.items(), 2):
            crossed = costs.get((f, q), np.inf) + costs.get((g, p), np.inf)
            if crossed - costs[f, p] - costs[g, q] < CLEARLY:
                unsure |= {f, g}
        return {f: p for f, p in links.items() if f not in unsure}

    def _alike(self, faces: Sequence[_Face], linked: dict[int, int]) -> dict[int, int]:
        """Link the other faces to persons who are not on this frame yet, by colours alone."""
        away = [p for p in range(len(self._people)) if p not in linked.values()]
        costs: dict[tuple[int, int], float] = {}
        for f, face in enumerate(faces):
            ways = sorted((_distance(face, self._people[p]), p) for p in away)
            clear = len(ways) < 2 or ways[1][0] - ways[0][0] >= CLEARLY
            if f not in linked and ways and ways[0][0] < SAME_COLOURS and clear:
                costs[f, ways[0][1]] = ways[0][0]
        return _cheapest(costs)


def face_colours(pixels: Pixels, box: BoundingBox) -> npt.NDArray[np.float32]:
    """Return the colours of a face, its hair and what is right below it, as shares.

    Parameters
    ----------
    pixels : ndarray of uint8, (H, W, 3)
    box : BoundingBox
        It may reach over the edge.

    Returns
    -------
    ndarray of float32
        Of two parts with sum 1 each: the face, and a band below it.
    """
    x, y, w, h = box.x, box.y, box.width, box.height
    face = _part(pixels, x, y - 0.15 * h, x + w, y + h)
    below = _part(pixels, x, y + 1.1 * h, x + w, y + 1.5 * h)
    return np.concatenate((face, below if below.any() else face))


def _part(
    pixels: Pixels, left: float, top: float, right: float, bottom: float
) -> npt.NDArray[np.float32]:
    height, width = pixels.shape[:2]
    rows = slice(max(0, round(top)), min(height, round(bottom)))
    columns = slice(max(0, round(left)), min(width, round(right)))
    seen = pixels[rows, columns]
    if not seen.size:
        return np.zeros(int(np.prod(_BINS)), np.float32)
    small = cv2.resize(seen, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    # Skin, hair and most clothes are of little chroma; what is beyond joins the last bins.
    colours = np.clip(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (0, 88, 88), (255, 167, 167))
    colours = colours.astype(np.uint8)
    counts = cv2.calcHist([colours], [0, 1, 2], None, list(_BINS), [0, 256, 88, 168, 88, 168])
    # Neighbouring shades share, so that a light that flickers makes no other person.
    shades = cv2.GaussianBlur(counts.reshape(_BINS[0], -1), (1, 5), 0)
    shares: npt.NDArray[np.float32] = shades.ravel() / shades.sum()
    return shares.astype(np.float32)


def _distance(face: _Face, person: Person) -> float:
    """Return the Hellinger distance of a face's colours from the person's nearest look."""
    shared = (float(np.sqrt(face.colours * look).sum()) / 2 for look in person.looks)
    return float(np.sqrt(max(0.0, 1 - max(shared, default=0.0))))


def _nearness(one: BoundingBox, other: BoundingBox) -> float:
    """Return 1 where two boxes are one, 0 where they lie a box apart or differ twofold in size."""
    size = (one.width + one.height + other.width + other.height) / 4
    across = one.x + one.width / 2 - other.x - other.width / 2
    down = one.y + one.height / 2 - other.y - other.height / 2
    growth = abs(float(np.log2((one.width * one.height) / (other.width * other.height)))) / 2
    return max(0.0, 1 - float(np.hypot(across, down)) / size - growth / 2)


def _cheapest(costs: dict[tuple[int, int], float]) -> dict[int, int]:
    """Return face to person, the cheapest link first, each once."""
    links: dict[int, int] = {}
    for link in sorted(_Link(cost, *pair) for pair, cost in costs.items()):
        if link.face not in links and link.person not in links.values():
            links[link.face] = link.person
    return links
