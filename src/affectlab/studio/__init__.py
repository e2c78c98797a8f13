"""The web app: participant and researcher pages."""
