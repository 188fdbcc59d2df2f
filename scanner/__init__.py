"""Static analysis that tells how ready an agent codebase is for a migration, with evidence."""

__version__ = "0.1.0"
