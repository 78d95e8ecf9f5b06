"""Objects of DICOM: structured report, segmentation, parametric map."""
