"""The closed loop: clockwork, update rule, experiment arms, recording and report."""
