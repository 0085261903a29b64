"""Helpers that every subpackage uses: argument checks, files, pixel formats, stored arrays, downloads, old names."""
