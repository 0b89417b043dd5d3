"""The product: teardowns, parts, makers, sources, and what may be concluded from them."""
