"""Windows of EEG to beliefs about affect."""
