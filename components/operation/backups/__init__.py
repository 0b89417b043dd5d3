"""Backups of everything that people have put in: rows, media and lake, in one folder, restorable on either database.

A folder holds `database/` (a file of rows for each table), `media/`, `lake/` and, written last, `manifest.json` with
the digest of each file. A folder without a manifest is a backup that broke off.
"""
