"""Which shipments name which parts: numbers found in free text, graded and scored, then kept as proposals to review."""
