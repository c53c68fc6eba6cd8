"""The only folder that speaks to something outside the process; one adapter for each port."""
