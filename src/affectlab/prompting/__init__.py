"""Ways of asking: grounded affective trees, persona conditions."""
