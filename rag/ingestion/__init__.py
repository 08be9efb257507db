"""File to article and passages: reading, layout, segmentation. Nothing here stores anything."""
