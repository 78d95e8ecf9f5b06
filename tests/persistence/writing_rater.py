"""A rater in a process of its own: writes acts and prints the id of each that is acknowledged.

Arguments: database URL, image id, name of the rater, number of acts.
"""

from __future__ import annotations

import sys
import uuid

from annotator.domain import Annotation, BoundingBox, Decision
from annotator.record import Record

url, image_id, rater, count = sys.argv[1:]
with Record.open(url) as record:
    for number in range(int(count)):
        act = Annotation(
            id=uuid.uuid4(),
            image_id=uuid.UUID(image_id),
            region_id=uuid.uuid4(),
            rater=rater,
            decision=Decision.ADDED,
            label="happy",
            region=BoundingBox(number % 300, 1, 2, 3),
        )
        (acknowledged,) = record.record_acts([act])
        print(acknowledged, flush=True)  # noqa: T201
