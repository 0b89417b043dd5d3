"""Files brought into the catalogue or the lake: read, checked row by row, and only then written."""
