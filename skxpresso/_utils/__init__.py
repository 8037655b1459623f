"""Helpers for the whole package: tables, files, pages, progress."""
