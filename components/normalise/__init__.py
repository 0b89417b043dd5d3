"""Pure readers that turn what people write (part numbers, names, dates, codes) into one comparable form."""
