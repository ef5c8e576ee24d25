/** A preload that does nothing: what `--import` costs by itself. */
