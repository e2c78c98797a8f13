"""The learned composer's networks: backbone, controller, training and export; needs torch."""
