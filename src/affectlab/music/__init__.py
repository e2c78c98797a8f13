"""Plan and trajectory to sound: composer, synthesis, level control."""
