"""One reader for each data set, in the layout in which it is published."""
