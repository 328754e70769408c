"""Why a star is what it is, and what would change it: everything by scoring again, nothing by apportioning."""
