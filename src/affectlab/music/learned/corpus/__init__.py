"""What the learned composer is trained on: POP909 and scores whose licences allow it."""
