"""Pictures of heads in their UV layout: tiles, completion, eyes."""
