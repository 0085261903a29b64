"""The static site of the course and the documentation: ``make site``."""
