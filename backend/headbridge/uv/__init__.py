"""The UV mapper: gives one head the UV layout of another."""
