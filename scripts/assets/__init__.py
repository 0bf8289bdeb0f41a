"""Parts of scripts/build_assets.py: reading the open inputs, deriving the tables, writing reproducible files."""
