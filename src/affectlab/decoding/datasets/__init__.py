"""Public EEG data sets, read from their official layouts into one format of epochs."""
