"""Networks and the method: torch and torchvision only, no SQL, no user interface, no DICOM."""
