"""Formats of those who train detectors: COCO, YOLO, Pascal VOC, DOTA."""
