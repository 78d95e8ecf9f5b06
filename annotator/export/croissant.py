"""``croissant.json``: the data set described for programs, with the fields of responsible AI.

By the Croissant format 1.0 and its vocabulary RAI 1.0 (MLCommons), which dataset searches and
``mlcroissant`` read. Every field comes from the manifest; what nobody stated is said to be so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..domain import LabelSet
from ..domain.plurals import counted
from . import describing
from .describing import NOT_STATED
from .manifest import RECORD_FILE

FILE_NAME = "croissant.json"

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification of Croissant 1.0 prints (appendix 1)."""

_ENCODINGS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".parquet": "application/x-parquet",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".md": "text/markdown",
}
_IMAGE_COLUMNS = {
    "image_uuid": ("sc:Text", "Identity of the image in the record."),
    "file_name": ("sc:Text", "Name of its picture, or of the file that it came from."),
    "width": ("sc:Integer", "In pixels."),
    "height": ("sc:Integer", "In pixels."),
    "modality": ("sc:Text", "photograph, or the modality of DICOM."),
    "split": ("sc:Text", "Part of the data set; empty where it is not divided."),
    "review": ("sc:Text", "reviewed, in progress or not reviewed; only a reviewed image says no."),
}
_ACT_COLUMNS = {
    "label": ("sc:Text", "$.label", "Code of the label."),
    "decision": ("sc:Text", "$.decision", "accepted, edited or added; rejected regions are none."),
    "type": ("sc:Text", "$.region.type", "Kind of the region."),
    "x": ("sc:Float", "$.region.x", "Left of a box, in pixels from the outer left edge."),
    "y": ("sc:Float", "$.region.y", "Top of a box, in pixels from the outer top edge."),
    "width": ("sc:Float", "$.region.width", "Of a box, in pixels."),
    "height": ("sc:Float", "$.region.height", "Of a box, in pixels."),
}


def write_croissant(
    folder: Path, stated: Mapping[str, Any], labels: LabelSet, picture_folders: Iterable[str]
) -> None:
    """Write the description of a data set for programs.

    Parameters
    ----------
    folder : Path
    stated : mapping
        Its manifest, with the files at its top.
    labels : LabelSet
        Those of the data set.
    picture_folders : iterable of str
        Folders of the pictures in it, none where there are no pictures.
    """
    pictures = sorted(set(picture_folders))
    value = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": stated["project"],
        "description": f"{describing.counts(stated)} Labels: {', '.join(map(str, labels))}.",
        "license": describing.licence(stated) or NOT_STATED,
        **_responsible(stated),
        "distribution": [*_files(stated), *_pictures(pictures)],
        "recordSet": [_images(bool(pictures))] if stated["counts"]["images"]["all"] else [],
    }
    text = json.dumps(value, indent=2, allow_nan=False) + "\n"
    (folder / FILE_NAME).write_text(text, encoding="ascii", newline="\n")


def _responsible(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of RAI 1.0."""
    losses = [f"Left out or changed: {line}." for line in describing.losses(stated)]
    rules = stated.get("protocol")
    per_item = NOT_STATED
    if rules is not None:
        per_item = f"{counted(rules['readers'], 'readers')} by the protocol."
    return {
        "rai:dataCollection": NOT_STATED,
        "rai:dataCollectionType": NOT_STATED,
        "rai:dataAnnotationProtocol": describing.protocol(stated),
        "rai:dataAnnotationPlatform": f"{stated['code']['name']} {stated['code']['version']}",
        "rai:dataAnnotationAnalysis": NOT_STATED,
        "rai:annotationsPerItem": per_item,
        "rai:annotatorDemographics": [describing.readers(stated), f"Demographics: {NOT_STATED}"],
        "rai:machineAnnotationTools": describing.models(stated) or ["None."],
        "rai:personalSensitiveInformation": [
            *describing.consent(stated),
            describing.names(stated),
        ],
        "rai:dataLimitations": [*losses, *stated["notices"]],
        "rai:dataBiases": NOT_STATED,
        "rai:dataUseCases": NOT_STATED,
        "rai:dataSocialImpact": NOT_STATED,
        "rai:dataReleaseMaintenancePlan": NOT_STATED,
    }


def _files(stated: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in stated["files"]:
        name = entry["path"]
        yield {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "contentSize": f"{entry['bytes']} B",
            "encodingFormat": _ENCODINGS.get(Path(name).suffix, "text/plain"),
            "sha256": entry["sha256"],
        }


def _pictures(folders: list[str]) -> Iterator[dict[str, Any]]:
    if folders:
        yield {
            "@type": "cr:FileSet",
            "@id": "pictures",
            "name": "pictures",
            "description": "The pictures; the SHA-256 of each is in files.sha256.",
            "encodingFormat": "image/png",
            "includes": [f"{folder}/*.png" for folder in folders],
        }


def _images(pictures: bool) -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"images/{name}",
            "name": name,
            "description": meaning,
            "dataType": kind,
            "source": {"fileObject": {"@id": RECORD_FILE}, "extract": {"column": name}},
        }
        for name, (kind, meaning) in _IMAGE_COLUMNS.items()
    ]
    if pictures:
        (named,) = (field for field in fields if field["name"] == "file_name")
        named["references"] = {
            "fileSet": {"@id": "pictures"},
            "extract": {"fileProperty": "filename"},
        }
        fields.append(
            {
                "@type": "cr:Field",
                "@id": "images/picture",
                "name": "picture",
                "description": "Its pixels.",
                "dataType": "sc:ImageObject",
                "source": {"fileSet": {"@id": "pictures"}, "extract": {"fileProperty": "content"}},
            }
        )
    return {
        "@type": "cr:RecordSet",
        "@id": "images",
        "name": "images",
        "description": "An image a record, with every act on it that counts.",
        "key": {"@id": "images/image_uuid"},
        "field": [*fields, _acts()],
    }


def _acts() -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": "images/acts",
        "name": "acts",
        "description": "What people did with regions; see the format's own files for what a "
        "selection or a consensus made of it.",
        "repeated": True,
        "subField": [
            {
                "@type": "cr:Field",
                "@id": f"images/acts/{name}",
                "name": name,
                "description": meaning,
                "dataType": kind,
                "source": {
                    "fileObject": {"@id": RECORD_FILE},
                    "extract": {"column": "acts"},
                    "transform": {"jsonPath": path},
                },
            }
            for name, (kind, path, meaning) in _ACT_COLUMNS.items()
        ],
    }
