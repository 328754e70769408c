"""All that staff see of one subject, part by part; each part is read only when it is looked at."""
