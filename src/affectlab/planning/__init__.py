"""A person's state and goal to an intervention plan."""
