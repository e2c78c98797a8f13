"""The researcher's panels, one module each: built once, refreshed by the page's timers."""
