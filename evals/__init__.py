"""The eval set, its metrics and its report."""
