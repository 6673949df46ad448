"""From a keyword to candidate words, and from these to the prompt."""
