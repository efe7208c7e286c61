"""Fetches the pages of a business's own site, one at a time; which comes next is remembered by whoever asks."""
