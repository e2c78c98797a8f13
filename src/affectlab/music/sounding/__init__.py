"""Music from generators of sound, which have no notes: they stream, and rules step in when they are late."""
