"""What happens around every request, whichever page or address it asks for: middleware and the handlers of faults."""
