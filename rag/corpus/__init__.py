"""From a file to an article, its passages and its statements. Pure: nothing here stores anything."""
