"""What a business's own site would make of its assistant: looks, words, and the questions that visitors would ask."""
